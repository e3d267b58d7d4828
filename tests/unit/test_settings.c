/* Settings of a deployment: where they come from, which one counts, and every way in which they can be wrong. */
#include "runtime/core/program.h"
#include "runtime/program/program.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wconversion" /* Criterion's macros put an int into a bit */

/* ---- a program with settings of all kinds ---- */

struct shop_config {
    dsy_string salutation, api_key;
    int64_t retries;
    int64_t grace_ns;
    bool is_open;
    dsy_decimal price;
};

static const struct dsy_config_type shop_configs[] = {
    { .name = "salutation",
      .type = &dsy_type_string,
      .offset_bytes = offsetof(struct shop_config, salutation),
      .has_default = true },
    { .name = "api_key",
      .type = &dsy_type_string,
      .offset_bytes = offsetof(struct shop_config, api_key),
      .is_secret = true },
    { .name = "retries",
      .type = &dsy_type_int64,
      .offset_bytes = offsetof(struct shop_config, retries),
      .has_default = true },
    { .name = "grace",
      .type = &dsy_type_duration,
      .offset_bytes = offsetof(struct shop_config, grace_ns),
      .has_default = true },
    { .name = "is_open",
      .type = &dsy_type_bool,
      .offset_bytes = offsetof(struct shop_config, is_open),
      .has_default = true },
    { .name = "price",
      .type = &dsy_type_decimal,
      .offset_bytes = offsetof(struct shop_config, price),
      .has_default = true,
      .is_secret = true },
};
static const struct dsy_interface_type payments = { .name = "Payments" }, stock = { .name = "Stock" };
static const struct dsy_interface_type *const interfaces[] = { &payments, &stock };
static const struct dsy_use_type shop_uses[] = {
    { .name = "payments", .interface = 0, .service = -1 },
    { .name = "cards", .interface = -1, .service = 1 },
};
static const struct dsy_implementation_type pays[] = { { .interface = 0 } };
static const struct dsy_service_type shop = { .name = "Shop",
                                              .configs = shop_configs,
                                              .config_count = 6,
                                              .config_size_bytes = sizeof(struct shop_config),
                                              .uses = shop_uses,
                                              .use_count = 2 };
static const struct dsy_service_type cards = { .name = "Cards", .implementations = pays, .implementation_count = 1 };
static const struct dsy_service_type invoices = { .name = "Invoices",
                                                  .implementations = pays,
                                                  .implementation_count = 1 };
static const struct dsy_service_type *const services[] = { &shop, &cards, &invoices };
static const struct dsy_program_type program_type = { .abi_version = DSY_ABI_VERSION,
                                                      .name = "shop",
                                                      .services = services,
                                                      .service_count = 3,
                                                      .interfaces = interfaces,
                                                      .interface_count = 2 };

/* ---- reading ---- */

static struct settings settings;
static char path[64];

static void
begin(void)
{
    settings = (struct settings){ .name = "shop", .program = &program_type };
    cr_redirect_stderr();
}

static void
end(void)
{
    settings_destroy(&settings);
    if (path[0] != '\0')
        unlink(path);
}

TestSuite(settings, .init = begin, .fini = end);

static void
write_file(const char *text, size_t size_bytes)
{
    snprintf(path, sizeof path, "/tmp/dsy_settings_XXXXXX");
    int file = mkstemp(path);
    cr_assert(file >= 0 && write(file, text, size_bytes) == (ssize_t)size_bytes && close(file) == 0);
}

static void
read_text(const char *text)
{
    write_file(text, strlen(text));
    settings_read_file(&settings, path);
}

static const struct dsy_config_value *
first(const char *name, bool is_use)
{
    for (size_t index = 0; index < settings.count; index++)
        if (strcmp(settings.values[index].service, "Shop") == 0 && strcmp(settings.values[index].name, name) == 0 &&
            settings.values[index].is_use == is_use)
            return &settings.values[index];
    return NULL;
}

#define EXPECT_TEXT(name, is_use, expected)                                                \
    do {                                                                                   \
        const struct dsy_config_value *value = first(name, is_use);                        \
        cr_expect(value != NULL && strcmp(value->text, expected) == 0, "%s: \"%s\"", name, \
                  value != NULL ? value->text : "(none)");                                 \
    } while (0)

Test(settings, of_a_file)
{
    read_text("\xef\xbb\xbf# comment\n; another\r\n\n [Shop]  # the shop\nsalutation =  Hello; friend # yes \r\n"
              "api_key=\"  a\\\"b\\n\"\n\tretries\t= 3\n[Shop.use]\npayments = Cards");
    cr_assert_eq(settings.problem_count, 0);
    EXPECT_TEXT("salutation", false, "Hello; friend # yes");
    EXPECT_TEXT("api_key", false, "  a\"b\n");
    EXPECT_TEXT("retries", false, "3");
    EXPECT_TEXT("payments", true, "Cards");
    const char *origin = first("retries", false)->origin;
    cr_expect(strcmp(strrchr(origin, ':'), ":7") == 0, "%s", origin);
}

Test(settings, of_a_long_line)
{
    char text[4096] = "[Shop]\nsalutation = ";
    size_t begin_bytes = strlen(text);
    memset(text + begin_bytes, 'x', 3000);
    read_text(text);
    cr_expect(settings.count == 1 && strlen(settings.values[0].text) == 3000);
}

Test(settings, first_the_command_line_then_the_environment_then_the_file)
{
    setenv("DSY_SHOP_RETRIES", "2", 1);
    setenv("DSY_SHOP_SALUTATION", "environment", 1);
    setenv("DSY_SHOP_USE_PAYMENTS", "Invoices", 1);
    cr_assert(settings_read_word(&settings, "Shop.salutation=first"));
    cr_assert(settings_read_word(&settings, "Shop.salutation=a=b.c"));
    cr_assert(settings_read_word(&settings, "Shop.use.cards=here"));
    settings_read_environment(&settings);
    read_text("[Shop]\nretries = 3\nsalutation = file\napi_key = file\n[Shop.use]\npayments = Cards\n");
    cr_expect_eq(settings.problem_count, 0);
    EXPECT_TEXT("salutation", false, "a=b.c");
    EXPECT_TEXT("retries", false, "2");
    EXPECT_TEXT("api_key", false, "file");
    EXPECT_TEXT("payments", true, "Invoices");
    EXPECT_TEXT("cards", true, "here");
}

Test(settings, from_files_of_their_own)
{
    write_file("secret\n", 7);
    char word[128];
    snprintf(word, sizeof word, "Shop.api_key.file=%s", path);
    cr_assert(settings_read_word(&settings, word));
    setenv("DSY_SHOP_SALUTATION_FILE", path, 1);
    settings_read_environment(&settings);
    EXPECT_TEXT("api_key", false, "secret");
    EXPECT_TEXT("salutation", false, "secret");
    cr_expect_not(settings_read_word(&settings, "Shop.retries.file=/there/is/none"));
    cr_expect_eq(settings.problem_count, 1);
}

Test(settings, a_variable_and_its_file_exclude_each_other)
{
    setenv("DSY_SHOP_RETRIES", "2", 1);
    setenv("DSY_SHOP_RETRIES_FILE", "/tmp/x", 1);
    settings_read_environment(&settings);
    cr_expect_eq(settings.problem_count, 1);
    cr_expect_null(first("retries", false));
}

/* Each line that is wrong is told, with its number, and nothing of what stands there. */
Test(settings, tells_every_wrong_line)
{
    static const char text[] = "salutation = s3cret\n[Shop]\nretries 3 s3cret\n= s3cret\n9x = s3cret\n"
                               "api_key = \"s3cret\nretries = 1\nretries = 2\n[Shp]\nx = 1\n[Shop\n[Shop] s3cret\n"
                               "[Shop.x]\n";
    static const char *const expected[] = { ":1: ", ":3: ", ":4: ",  ":5: ",  ":6: ",
                                            ":8: ", ":9: ", ":11: ", ":12: ", ":13: " };
    read_text(text);
    fflush(stderr);
    FILE *told = cr_get_redirected_stderr();
    char all[8192] = "";
    cr_expect_eq(settings.problem_count, sizeof expected / sizeof expected[0], "%zu", settings.problem_count);
    fclose(stderr);
    size_t size_bytes = fread(all, 1, sizeof all - 1, told);
    all[size_bytes] = '\0';
    for (size_t index = 0; index < sizeof expected / sizeof expected[0]; index++)
        cr_expect_not_null(strstr(all, expected[index]), "%s\n%s", expected[index], all);
    cr_expect_null(strstr(all, "s3cret"), "%s", all);
    cr_expect_not_null(strstr(all, "Is Shop meant?"), "%s", all);
}

Test(settings, hostile_files_do_no_harm)
{
    static const char *const texts[] = { "",
                                         "\n",
                                         "[",
                                         "[]",
                                         "[.use]",
                                         "=",
                                         "[Shop]\na=\"",
                                         "[Shop]\na = \"\\u0000\"",
                                         "[Shop]\na.file =",
                                         "\xff\xfe\n[\xff]\n\xff=\xff" };
    for (size_t index = 0; index < sizeof texts / sizeof texts[0]; index++) {
        read_text(texts[index]);
        unlink(path);
    }
    write_file("[Shop]\na = \0b\n", 14);
    settings_read_file(&settings, path);
    settings_read_file(&settings, "/tmp");
    settings_read_file(&settings, "/there/is/none");
    cr_expect_eq(settings.count, 0);
    cr_expect(settings.problem_count >= 10, "%zu", settings.problem_count);
}

/* ---- what the program makes of them ---- */

struct told {
    size_t count;
    char text[8192];
};

static void
tell(void *context, const char *origin, const char *text)
{
    struct told *told = context;
    told->count++;
    size_t used = strlen(told->text);
    snprintf(told->text + used, sizeof told->text - used, "%s: %s\n", origin != NULL ? origin : "-", text);
}

static struct told
bind(struct program *program)
{
    static struct told told;
    told = (struct told){ 0 };
    struct program_settings given = {
        .values = settings.values, .count = settings.count, .problem = tell, .problem_context = &told
    };
    struct dsy_error error = { 0 };
    enum dsy_status status = dsy_program_bind_settings(program, &program_type, &given, 1, &error);
    cr_assert_eq(status, told.count == 0 ? DSY_OK : DSY_INVALID, "%s", error.text);
    cr_assert((told.count == 0) == (error.text[0] == '\0'), "%s", error.text);
    return told;
}

Test(settings, become_configuration_and_bindings)
{
    read_text("[Shop]\napi_key = 12\nretries = 5\ngrace = 3h\nis_open = true\nprice = 19.90\n"
              "[Shop.use]\npayments = https://pay.example:8443/Money\ncards = http://[::1]:80\n");
    struct program program;
    struct told told = bind(&program);
    cr_assert_eq(told.count, 0, "%s", told.text);
    const struct shop_config *config = program.configs[0];
    cr_expect(config->retries == 5 && config->grace_ns == INT64_C(3) * 3600 * 1000000000 && config->is_open);
    cr_expect(config->api_key.size_bytes == 2);
    const struct program_binding *bindings = program.bindings[0];
    cr_expect(strcmp(bindings[0].address, "https://pay.example:8443") == 0 &&
              strcmp(bindings[0].remote_service, "Money") == 0);
    cr_expect(strcmp(bindings[1].address, "http://[::1]:80") == 0 && strcmp(bindings[1].remote_service, "Cards") == 0);
    dsy_program_destroy(&program);
}

Test(settings, a_service_is_chosen_by_its_name)
{
    read_text("[Shop]\napi_key = x\n[Shop.use]\npayments = Invoices\ncards = Cards\n");
    struct program program;
    struct told told = bind(&program);
    cr_assert_eq(told.count, 0, "%s", told.text);
    cr_expect(program.bindings[0][0].service == &invoices && program.bindings[0][1].service == &cards);
    dsy_program_destroy(&program);
}

Test(settings, every_problem_is_told_at_once_and_no_secret)
{
    read_text("[Shop]\nretries = many\ngrace = 3x\nis_open = yes\nprice = s3cret\nsalutatoin = x\ncolour = red\n"
              "[Shop.use]\npayments = Crads\ncards = Invoices\nother = here\n");
    static const char *const expected[] = {
        ":2: Shop.retries is not a value of type int",
        ":3: Shop.grace is not a value of type duration",
        "3h", /* how durations are written */
        ":4: Shop.is_open is not a value of type bool",
        ":5: Shop.price is not a value of type decimal",
        ":6: Shop.salutatoin is unknown",
        "Is salutation meant?",
        ":7: Shop.colour is unknown",
        ":9: Shop.use.payments cannot be \"Crads\"",
        "Is Cards meant?",
        "one of: Cards, Invoices",
        ":10: Shop.use.cards cannot be",
        ":11: Shop.other is unknown",
        "-: Shop.api_key (string) is missing",
        "DSY_SHOP_API_KEY",
    };
    struct program program;
    struct told told = bind(&program);
    cr_expect_eq(told.count, 10, "%s", told.text);
    for (size_t index = 0; index < sizeof expected / sizeof expected[0]; index++)
        cr_expect_not_null(strstr(told.text, expected[index]), "%s\n%s", expected[index], told.text);
    cr_expect_null(strstr(told.text, "s3cret"), "%s", told.text);
}

Test(settings, several_implementations_want_a_choice)
{
    read_text("[Shop]\napi_key = x\n[Shop.use]\npayments = here\n");
    struct program program;
    struct told told = bind(&program);
    cr_expect_eq(told.count, 1);
    cr_expect_not_null(strstr(told.text, "several services implement: Cards, Invoices"), "%s", told.text);
}

Test(settings, addresses_are_checked)
{
    static const struct {
        const char *text;
        bool is_good;
    } cases[] = {
        { "http://a", true },      { "http://a:1/", true },    { "https://a.b-c:65535/Service", true },
        { "HTTP://a", true },      { "ftp://a", false },       { "http://", false },
        { "http://a:", false },    { "http://a:x", false },    { "http://a:123456", false },
        { "http://a/b/c", false }, { "http://user@a", false }, { "http://a?b", false },
        { "http://[::1", false },  { "http://[]", false },     { "http://a/9", false },
        { "http://a b", false },   { "http://a\x01", false },
    };
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        struct dsy_config_value values[] = {
            { .service = "Shop", .name = "api_key", .text = "x" },
            { .service = "Shop", .name = "payments", .text = cases[index].text, .is_use = true }
        };
        struct program program;
        struct dsy_error error = { 0 };
        enum dsy_status status = dsy_program_bind(&program, &program_type, values, 2, 1, &error);
        cr_expect_eq(status, cases[index].is_good ? DSY_OK : DSY_INVALID, "%s: %s", cases[index].text, error.text);
        if (status == DSY_OK)
            dsy_program_destroy(&program);
    }
}
