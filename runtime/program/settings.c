/* Settings from the command line and the environment, and their keeping (settings.h). */
#include "runtime/program/settings.h"

#include "dsy/generated.h"
#include "runtime/program/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PROBLEM_BYTES_MAX = 2048, VARIABLE_BYTES_MAX = 512, ORIGIN_BYTES_MAX = 600, ARENA_BYTES_MAX = 64 * 1024 * 1024 };

/* ---- what is wrong ---- */

void
settings_problem(void *context, const char *origin, const char *text)
{
    struct settings *settings = context;
    settings->problem_count++;
    if (origin != NULL)
        fprintf(stderr, "%s: error: %s\n", origin, text);
    else
        dsy_program_complain(settings->name, "%s", text);
}

void
settings_problem_format(struct settings *settings, const char *origin, const char *format, ...)
{
    char text[PROBLEM_BYTES_MAX];
    va_list words;
    va_start(words, format);
    vsnprintf(text, sizeof text, format, words);
    va_end(words);
    settings_problem(settings, origin, text);
}

/* ---- files that hold a value ---- */

char *
settings_load(const char *path, size_t *size_bytes, const char **problem)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    char *bytes = NULL;
    size_t count = 0;
    *problem = NULL;
    if (file < 0 || fstat(file, &about) != 0)
        *problem = strerror(errno);
    else if (S_ISDIR(about.st_mode))
        *problem = "it is a folder";
    else if ((bytes = malloc(SETTINGS_FILE_BYTES_MAX + 1)) == NULL)
        *problem = "memory ran out";
    while (*problem == NULL && count <= SETTINGS_FILE_BYTES_MAX) {
        ssize_t taken = read(file, bytes + count, SETTINGS_FILE_BYTES_MAX + 1 - count);
        if (taken == 0)
            break;
        if (taken < 0 && errno != EINTR)
            *problem = strerror(errno);
        count += taken > 0 ? (size_t)taken : 0;
    }
    if (*problem == NULL && count > SETTINGS_FILE_BYTES_MAX)
        *problem = "it is larger than 1 MiB";
    if (file >= 0)
        close(file);
    *size_bytes = count;
    if (*problem == NULL)
        return bytes;
    if (bytes != NULL)
        explicit_bzero(bytes, count);
    free(bytes);
    return NULL;
}

/* ---- keeping ---- */

static bool
grow(struct settings *settings)
{
    if (settings->count < settings->capacity)
        return true;
    size_t capacity = settings->capacity > 0 ? settings->capacity * 2 : 32;
    struct dsy_config_value *values = realloc(settings->values, capacity * sizeof *values);
    if (values == NULL)
        return false;
    settings->values = values;
    settings->capacity = capacity;
    return true;
}

static bool
keep(struct settings *settings, const struct dsy_config_value *setting, const char *text, size_t text_bytes)
{
    if (settings->count >= SETTINGS_MAX) {
        settings_problem_format(settings, setting->origin, "There are more than %d settings.", SETTINGS_MAX);
        return false;
    }
    if (!settings->has_arena)
        dsy_arena_init(&settings->arena, ARENA_BYTES_MAX);
    settings->has_arena = true;
    const char *origin = setting->origin != NULL ? setting->origin : "";
    struct dsy_config_value kept = {
        .service = dsy_arena_copy_text(&settings->arena, setting->service, strlen(setting->service)),
        .name = dsy_arena_copy_text(&settings->arena, setting->name, strlen(setting->name)),
        .text = dsy_arena_copy_text(&settings->arena, text, text_bytes),
        .origin = dsy_arena_copy_text(&settings->arena, origin, strlen(origin)),
        .is_use = setting->is_use,
    };
    bool is_kept = kept.service != NULL && kept.name != NULL && kept.text != NULL && kept.origin != NULL;
    if (is_kept && setting->origin == NULL)
        kept.origin = NULL;
    if (!is_kept || !grow(settings)) {
        settings_problem(settings, setting->origin, "memory ran out.");
        return false;
    }
    settings->values[settings->count++] = kept;
    return true;
}

bool
settings_add(struct settings *settings, const struct dsy_config_value *setting, size_t text_bytes, bool from_file)
{
    if (!from_file)
        return keep(settings, setting, setting->text, text_bytes);
    char path[4096];
    if (text_bytes == 0 || text_bytes >= sizeof path) {
        settings_problem_format(settings, setting->origin, "%s.%s.file wants the path of a file that holds the value.",
                                setting->service, setting->name);
        return false;
    }
    memcpy(path, setting->text, text_bytes);
    path[text_bytes] = '\0';
    size_t size_bytes = 0;
    const char *problem = NULL;
    char *bytes = settings_load(path, &size_bytes, &problem);
    if (bytes == NULL) {
        settings_problem_format(settings, setting->origin, "The value of %s.%s cannot be read from %s: %s.",
                                setting->service, setting->name, path, problem);
        return false;
    }
    /* Editors end a file with a line feed, which is not meant. */
    size_t value_bytes = size_bytes;
    if (value_bytes > 0 && bytes[value_bytes - 1] == '\n')
        value_bytes--;
    if (value_bytes > 0 && bytes[value_bytes - 1] == '\r')
        value_bytes--;
    bool is_text = memchr(bytes, 0, value_bytes) == NULL;
    if (!is_text)
        settings_problem_format(settings, setting->origin, "The value of %s.%s in %s has an octet 0: it is no text.",
                                setting->service, setting->name, path);
    bool is_kept = is_text && keep(settings, setting, bytes, value_bytes);
    explicit_bzero(bytes, size_bytes);
    free(bytes);
    return is_kept;
}

void
settings_destroy(struct settings *settings)
{
    for (size_t index = 0; index < settings->count; index++)
        explicit_bzero((char *)(uintptr_t)settings->values[index].text, strlen(settings->values[index].text));
    free(settings->values);
    if (settings->has_arena)
        dsy_arena_destroy(&settings->arena);
    *settings = (struct settings){ .name = settings->name, .program = settings->program };
}

/* ---- the command line ---- */

static void
forget(struct settings *settings, const struct dsy_config_value *setting)
{
    for (size_t index = 0; index < settings->count; index++) {
        const struct dsy_config_value *other = &settings->values[index];
        if (other->is_use != setting->is_use || strcmp(other->service, setting->service) != 0 ||
            strcmp(other->name, setting->name) != 0)
            continue;
        settings->values[index] = settings->values[--settings->count];
        return;
    }
}

/* The part of a name up to its next dot, taken off. NULL: it is empty. */
static char *
next_part(char **rest)
{
    char *part = strsep(rest, ".");
    return part != NULL && *part != '\0' ? part : NULL;
}

bool
settings_read_word(struct settings *settings, const char *word)
{
    char name[VARIABLE_BYTES_MAX] = "", origin[ORIGIN_BYTES_MAX];
    const char *equals = strchr(word, '=');
    if (equals != NULL && (size_t)(equals - word) < sizeof name)
        memcpy(name, word, (size_t)(equals - word));
    snprintf(origin, sizeof origin, "--set %s", name);
    char *rest = name;
    struct dsy_config_value setting = { .origin = origin };
    setting.service = next_part(&rest);
    if (setting.service != NULL && strcmp(setting.service, "std") == 0 && next_part(&rest) != NULL)
        name[3] = '.'; /* a module of the standard library is named with its dot */
    setting.name = next_part(&rest);
    char *third = rest != NULL ? next_part(&rest) : NULL;
    bool from_file = false, is_good = setting.service != NULL && setting.name != NULL && rest == NULL;
    if (is_good && third != NULL && strcmp(setting.name, "use") == 0) {
        setting.is_use = true;
        setting.name = third;
    } else if (third != NULL) {
        from_file = strcmp(third, "file") == 0;
        is_good = is_good && from_file;
    }
    if (!is_good) {
        dsy_program_complain(settings->name,
                             "--set wants SERVICE.NAME=VALUE, SERVICE.NAME.file=PATH or SERVICE.use.NAME=WHERE, not "
                             "'%.*s'.",
                             equals != NULL ? (int)(equals - word) + 1 : (int)strlen(word), word);
        return false;
    }
    setting.text = equals + 1;
    forget(settings, &setting);
    return settings_add(settings, &setting, strlen(setting.text), from_file);
}

/* ---- the environment ---- */

/* The settings that one variable may stand for. */
struct variable {
    char name[VARIABLE_BYTES_MAX];
    const char *text;
};

static bool
find_variable(const struct dsy_config_value *setting, const char *suffix, struct variable *variable)
{
    if (!dsy_config_variable(setting, variable->name, sizeof variable->name - strlen(suffix)))
        return false;
    strcat(variable->name, suffix);
    variable->text = getenv(variable->name);
    return variable->text != NULL;
}

/* Call `visit` with each setting that the program knows. */
static void
each_setting(struct settings *settings,
             void (*visit)(struct settings *settings, const struct dsy_config_value *setting, void *context),
             void *context)
{
    for (uint32_t index = 0; index < settings->program->service_count; index++) {
        const struct dsy_service_type *service = settings->program->services[index];
        for (uint32_t at = 0; at < service->config_count; at++) {
            struct dsy_config_value setting = { .service = service->name, .name = service->configs[at].name };
            visit(settings, &setting, context);
        }
        for (uint32_t at = 0; at < service->use_count; at++) {
            struct dsy_config_value setting = { .service = service->name,
                                                .name = service->uses[at].name,
                                                .is_use = true };
            visit(settings, &setting, context);
        }
    }
    for (size_t index = 0; index < dsy_library_setting_count; index++)
        visit(settings, &dsy_library_settings[index], context);
}

struct same_name {
    const char *variable;
    const struct dsy_config_value *first;
    bool is_doubled;
};

static void
compare_name(struct settings *settings, const struct dsy_config_value *setting, void *context)
{
    struct same_name *same = context;
    struct variable variable;
    (void)settings;
    bool is_same_setting = strcmp(setting->service, same->first->service) == 0 &&
                           strcmp(setting->name, same->first->name) == 0 && setting->is_use == same->first->is_use;
    if (find_variable(setting, "", &variable) && strcmp(variable.name, same->variable) == 0 && !is_same_setting)
        same->is_doubled = true;
}

/* Names differ in ways that a variable does not show: Shop_a.b and Shop.a_b. */
static bool
is_doubled(struct settings *settings, const struct dsy_config_value *setting, const char *variable)
{
    struct same_name same = { .variable = variable, .first = setting };
    each_setting(settings, compare_name, &same);
    return same.is_doubled;
}

static void
read_variable(struct settings *settings, const struct dsy_config_value *known, void *context)
{
    struct variable variable, of_file = { .text = NULL };
    struct dsy_config_value setting = *known;
    (void)context;
    bool is_there = find_variable(known, "", &variable);
    bool has_file =
        !known->is_use && find_variable(known, "_FILE", &of_file) && !is_doubled(settings, known, of_file.name);
    setting.origin = is_there ? variable.name : of_file.name;
    if (is_there && is_doubled(settings, known, variable.name)) {
        settings_problem_format(settings, variable.name,
                                "This variable stands for %s.%s and for another setting of the same spelling. Give "
                                "them in the file of --config.",
                                known->service, known->name);
    } else if (is_there && has_file) {
        settings_problem_format(settings, variable.name, "%s is set too. Take one of them away.", of_file.name);
    } else if (is_there || has_file) {
        setting.text = is_there ? variable.text : of_file.text;
        settings_add(settings, &setting, strlen(setting.text), has_file);
    }
}

void
settings_read_environment(struct settings *settings)
{
    each_setting(settings, read_variable, NULL);
}
