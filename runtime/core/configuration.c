/* Settings of a deployment, checked: values of `config`, and where each `use` is served (configuration.h).
 *
 * Nothing here stops at the first problem, but for want of memory. The text of a secret is never part of a message. */
#include "runtime/core/configuration.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dsy/error.h"
#include "dsy/run.h"
#include "dsy/time.h"
#include "runtime/core/binding.h"
#include "runtime/core/problem.h"

enum { VARIABLE_BYTES_MAX = 512 };

/* ---- values ---- */

/* How a value of this type is written. */
static const char *
example_of(const struct dsy_type *type)
{
    static const struct {
        const struct dsy_type *type;
        const char *example;
    } examples[] = {
        { &dsy_type_bool, "true or false" },
        { &dsy_type_double, "a number, such as 1.5" },
        { &dsy_type_decimal, "a decimal number, such as 19.99" },
        { &dsy_type_bytes, "base64, such as aGVsbG8=" },
        { &dsy_type_time, "a time, such as 2026-01-31T12:00:00Z" },
        { &dsy_type_duration, "a duration, such as 250ms, 30s, 5min, 3h, 7d or PT30S" },
        { &dsy_type_uuid, "a UUID, such as 123e4567-e89b-12d3-a456-426614174000" },
        { &dsy_type_int8, "a whole number from -128 to 127" },
        { &dsy_type_int16, "a whole number from -32768 to 32767" },
        { &dsy_type_int32, "a whole number from -2147483648 to 2147483647" },
        { &dsy_type_int64, "a whole number, such as 42" },
        { &dsy_type_uint8, "a whole number from 0 to 255" },
        { &dsy_type_uint16, "a whole number from 0 to 65535" },
        { &dsy_type_uint32, "a whole number from 0 to 4294967295" },
        { &dsy_type_uint64, "a whole number that is not negative" },
    };
    for (size_t index = 0; index < sizeof examples / sizeof examples[0]; index++)
        if (examples[index].type == type)
            return examples[index].example;
    return "the JSON of such a value, on one line";
}

/* Read a value as JSON text. The text is copied, because what is read may refer to it. */
static bool
read_json_value(struct program *program, const struct dsy_type *type, const char *text, size_t text_bytes, void *value,
                char *message, size_t message_bytes)
{
    struct dsy_json_reader reader = dsy_json_reader_begin(text, text_bytes, &program->arena);
    reader.errors = &program->errors;
    type->read_json(&reader, value);
    if (dsy_json_reader_end(&reader))
        return true;
    memset(value, 0, type->size_bytes);
    size_t length = strnlen(reader.message, sizeof reader.message);
    length = length < message_bytes ? length : message_bytes - 1;
    memcpy(message, reader.message, length);
    message[length] = '\0';
    return false;
}

/* The text as a JSON string: for all whose JSON is one, and which people write without quotes. */
static bool
read_quoted_value(struct program *program, const struct dsy_type *type, dsy_string text, void *value)
{
    char message[DSY_JSON_MESSAGE_BYTES_MAX];
    struct dsy_buffer quoted;
    dsy_buffer_init(&quoted, (size_t)text.size_bytes * 6 + 16);
    struct dsy_json_writer writer = dsy_json_writer_begin(&quoted);
    dsy_string_write_json(&writer, text);
    char *copy = dsy_json_writer_status(&writer) == DSY_OK
                     ? dsy_arena_copy_text(&program->arena, (const char *)quoted.data, quoted.size_bytes)
                     : NULL;
    bool done = copy != NULL && read_json_value(program, type, copy, quoted.size_bytes, value, message, sizeof message);
    if (quoted.data != NULL)
        explicit_bzero(quoted.data, quoted.size_bytes);
    dsy_buffer_destroy(&quoted);
    return done;
}

/* 30s, as Dsy writes it. */
static bool
read_dsy_duration(const char *text, int64_t *duration_ns)
{
    static const struct {
        const char *unit;
        int64_t unit_ns;
    } units[] = {
        { "ms", DSY_NANOSECONDS_PER_MILLISECOND },   { "s", DSY_NANOSECONDS_PER_SECOND },
        { "min", 60 * DSY_NANOSECONDS_PER_SECOND },  { "h", 3600 * DSY_NANOSECONDS_PER_SECOND },
        { "d", 86400 * DSY_NANOSECONDS_PER_SECOND },
    };
    int64_t count = 0;
    const char *digit = text[0] == '-' ? text + 1 : text;
    if (!isdigit((unsigned char)*digit))
        return false;
    for (; isdigit((unsigned char)*digit); digit++)
        if (__builtin_mul_overflow(count, 10, &count) || __builtin_add_overflow(count, *digit - '0', &count))
            return false;
    for (size_t index = 0; index < sizeof units / sizeof units[0]; index++)
        if (strcmp(digit, units[index].unit) == 0)
            return !__builtin_mul_overflow(text[0] == '-' ? -count : count, units[index].unit_ns, duration_ns);
    return false;
}

/* A value of configuration is written as people write it: a text is a string without quotes, and so are durations,
 * times and whatever else is a JSON string. */
static void
read_value(struct problems *problems, struct program *program, const struct dsy_service_type *service,
           const struct dsy_config_type *config, const struct dsy_config_value *setting, void *value)
{
    size_t text_bytes = strlen(setting->text);
    size_t bad = dsy_utf8_check(setting->text, text_bytes);
    if (bad != text_bytes) {
        dsy_problem_add(problems, setting->origin,
                        "%s.%s is not UTF-8 at octet %zu. Values are UTF-8; write the base64 of other octets, and "
                        "make the config a `bytes`.",
                        service->name, config->name, bad);
        return;
    }
    char *kept = dsy_arena_copy_text(&program->arena, setting->text, text_bytes);
    if (kept == NULL) {
        dsy_problem_no_memory(problems);
        return;
    }
    dsy_string text = { .data = kept, .size_bytes = (int64_t)text_bytes };
    char message[DSY_JSON_MESSAGE_BYTES_MAX] = "";
    if (config->type == &dsy_type_string)
        *(dsy_string *)value = text;
    else if (config->type == &dsy_type_duration && read_dsy_duration(kept, value))
        return;
    else if (read_json_value(program, config->type, kept, text_bytes, value, message, sizeof message) ||
             read_quoted_value(program, config->type, text, value))
        return;
    else if (config->is_secret)
        dsy_problem_add(problems, setting->origin,
                        "%s.%s is not a value of type %s (what it is, is not shown: it is a secret). Write %s.",
                        service->name, config->name, config->type->name, example_of(config->type));
    else
        dsy_problem_add(problems, setting->origin, "%s.%s is not a value of type %s: \"%.200s\" (%s). Write %s.",
                        service->name, config->name, config->type->name, setting->text, message,
                        example_of(config->type));
}

/* ---- names ---- */

const struct dsy_config_value dsy_library_settings[] = {
    { .service = "std.http", .name = "hosts" }, /* where requests may go: stdlib/http_hosts.h */
    { .service = "std.http",
      .name = "certificates" }, /* a file of authorities that are trusted, in place of the system's */
};
const size_t dsy_library_setting_count = sizeof dsy_library_settings / sizeof *dsy_library_settings;

static const struct dsy_config_value *
find_setting(const struct program_settings *settings, const char *service, const char *name, bool is_use)
{
    for (size_t index = 0; index < settings->count; index++) {
        const struct dsy_config_value *setting = &settings->values[index];
        if (setting->is_use == is_use && strcmp(setting->service, service) == 0 && strcmp(setting->name, name) == 0)
            return setting;
    }
    return NULL;
}

static const struct dsy_service_type *
find_service(const struct dsy_program_type *type, const char *name)
{
    for (uint32_t index = 0; index < type->service_count; index++)
        if (strcmp(type->services[index]->name, name) == 0)
            return type->services[index];
    return NULL;
}

/* A setting of a service that is not there. */
static void
refuse_service(struct problems *problems, const struct dsy_program_type *type, const struct dsy_config_value *setting)
{
    const char *near = NULL;
    for (uint32_t index = 0; index < type->service_count; index++)
        dsy_problem_nearer(setting->service, type->services[index]->name, &near);
    dsy_problem_add(problems, setting->origin, "%s.%s is unknown: the program has no service %s.%s%s%s",
                    setting->service, setting->name, setting->service, near != NULL ? " Is " : "",
                    near != NULL ? near : "", near != NULL ? " meant?" : "");
}

/* The same of a module of the standard library. */
static void
check_library_name(struct problems *problems, const struct dsy_config_value *setting)
{
    const char *near = NULL;
    for (size_t index = 0; index < dsy_library_setting_count; index++) {
        const struct dsy_config_value *known = &dsy_library_settings[index];
        if (strcmp(known->service, setting->service) != 0)
            continue;
        if (!setting->is_use && strcmp(known->name, setting->name) == 0)
            return;
        dsy_problem_nearer(setting->name, known->name, &near);
    }
    dsy_problem_add(problems, setting->origin, "%s.%s is unknown: %s has no setting %s.%s%s%s", setting->service,
                    setting->name, setting->service, setting->name, near != NULL ? " Is " : " Take it out.",
                    near != NULL ? near : "", near != NULL ? " meant?" : "");
}

/* Whether the service has what the setting names; else it is told. */
static void
check_name(struct problems *problems, const struct dsy_program_type *type, const struct dsy_config_value *setting)
{
    if (strncmp(setting->service, "std.", 4) == 0) {
        check_library_name(problems, setting);
        return;
    }
    const struct dsy_service_type *service = find_service(type, setting->service);
    if (service == NULL) {
        refuse_service(problems, type, setting);
        return;
    }
    const char *near = NULL;
    uint32_t count = setting->is_use ? service->use_count : service->config_count;
    for (uint32_t index = 0; index < count; index++) {
        const char *name = setting->is_use ? service->uses[index].name : service->configs[index].name;
        if (strcmp(name, setting->name) == 0)
            return;
        dsy_problem_nearer(setting->name, name, &near);
    }
    const char *kind = setting->is_use ? "use" : "config";
    if (near != NULL)
        dsy_problem_add(problems, setting->origin, "%s.%s is unknown: service %s has no %s %s. Is %s meant?",
                        service->name, setting->name, service->name, kind, setting->name, near);
    else
        dsy_problem_add(problems, setting->origin,
                        "%s.%s is unknown: service %s has no %s %s. `services` lists what there is; take it out.",
                        service->name, setting->name, service->name, kind, setting->name);
}

bool
dsy_config_variable(const struct dsy_config_value *setting, char *text, size_t text_bytes)
{
    int size_bytes =
        snprintf(text, text_bytes, "DSY_%s_%s%s", setting->service, setting->is_use ? "USE_" : "", setting->name);
    if (size_bytes < 0 || (size_t)size_bytes >= text_bytes)
        return false;
    for (char *at = text; *at != 0; at++)
        *at = (char)(*at == '.' ? '_' : toupper((unsigned char)*at));
    return true;
}

/* ---- `config` ---- */

static void
fill_config(struct problems *problems, struct program *program, const struct dsy_service_type *service,
            const struct program_settings *settings, void *values)
{
    if (service->default_config != NULL) {
        struct dsy_run run;
        dsy_run_init(&run, &program->arena, INT64_MAX);
        service->default_config(&run, values);
        if (run.failed)
            dsy_problem_add(problems, NULL, "A default of service %s cannot be computed: %.*s", service->name,
                            (int)run.error.message.size_bytes, run.error.message.data);
    }
    for (uint32_t index = 0; index < service->config_count; index++) {
        const struct dsy_config_type *config = &service->configs[index];
        const struct dsy_config_value *setting = find_setting(settings, service->name, config->name, false);
        void *place = (char *)values + config->offset_bytes;
        if (setting != NULL) {
            read_value(problems, program, service, config, setting, place);
        } else if (!config->has_default) {
            char variable[VARIABLE_BYTES_MAX];
            struct dsy_config_value wanted = { .service = service->name, .name = config->name };
            bool has_variable = dsy_config_variable(&wanted, variable, sizeof variable);
            dsy_problem_add(problems, NULL,
                            "%s.%s (%s) is missing: it has no default. Write `%s = …` under [%s] in the file of "
                            "--config%s%s.",
                            service->name, config->name, config->type->name, config->name, service->name,
                            has_variable ? ", or set " : "", has_variable ? variable : "");
        }
        if (config->type->share != NULL)
            config->type->share(place); /* now, so that no shard's thread has to mark what all of them read */
    }
}

/* ---- all of it ---- */

static bool
make_configs(struct problems *problems, struct program *program, const struct program_settings *settings)
{
    const struct dsy_program_type *type = program->type;
    program->configs = dsy_program_allocate(program, type->service_count * sizeof *program->configs, problems->error);
    for (uint32_t index = 0; program->configs != NULL && index < type->service_count; index++) {
        const struct dsy_service_type *service = type->services[index];
        if (service->config_count == 0)
            continue;
        program->configs[index] = dsy_program_allocate(program, service->config_size_bytes, problems->error);
        if (program->configs[index] == NULL)
            return false;
        fill_config(problems, program, service, settings, program->configs[index]);
    }
    return program->configs != NULL;
}

static bool
make_bindings(struct problems *problems, struct program *program, const struct program_settings *settings)
{
    const struct dsy_program_type *type = program->type;
    program->bindings = dsy_program_allocate(program, type->service_count * sizeof *program->bindings, problems->error);
    for (uint32_t index = 0; program->bindings != NULL && index < type->service_count; index++) {
        const struct dsy_service_type *service = type->services[index];
        program->bindings[index] =
            dsy_program_allocate(program, service->use_count * sizeof **program->bindings, problems->error);
        if (program->bindings[index] == NULL)
            return false;
        for (uint32_t use = 0; use < service->use_count; use++) {
            const struct dsy_config_value *setting =
                find_setting(settings, service->name, service->uses[use].name, true);
            dsy_binding_make(problems, program, service, &service->uses[use], setting, &program->bindings[index][use]);
        }
    }
    return program->bindings != NULL;
}

enum dsy_status
dsy_program_configure(struct program *program, const struct program_settings *settings, struct dsy_error *error)
{
    static const struct program_settings none;
    struct problems problems = { .settings = settings != NULL ? settings : &none, .error = error };
    for (size_t index = 0; index < problems.settings->count; index++)
        check_name(&problems, program->type, &problems.settings->values[index]);
    if (!make_configs(&problems, program, problems.settings) || !make_bindings(&problems, program, problems.settings) ||
        problems.out_of_memory)
        return dsy_error_set(error, DSY_NO_MEMORY, "cannot load the configuration: memory ran out");
    return problems.count == 0 ? DSY_OK : DSY_INVALID;
}
