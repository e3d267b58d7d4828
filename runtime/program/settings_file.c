/* The file of --config: an INI file.
 *
 *     # a comment; so is a line that begins with ;
 *     [Orders]                                  the config members of service Orders
 *     salutation = Hello, friend                the text as it is, without blanks around it
 *     greeting   = "  with blanks, \"quotes\" or \n"      or a JSON string
 *     limits     = {"most": 10}                 values that are not strings: as JSON, 30s, or text
 *     api_key.file = /run/secrets/api_key       the value is what that file holds
 *     [Orders.use]                              where its `use`s are served
 *     payments   = http://payments.internal:8080
 *
 * UTF-8, lines end in LF or CR LF, one value a line; nothing behind a value is a comment, so that no secret is cut. It
 * is read here and not by libinih, which cuts values at " ;" and lines at 200 octets. */
#include "runtime/program/settings.h"

#include "dsy/generated.h"
#include "dsy/text.h"
#include "runtime/core/problem.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES_MAX = 256, ORIGIN_BYTES_MAX = 600 };

struct piece {
    const char *data;
    size_t size_bytes;
};

struct file {
    struct settings *settings;
    const char *path;
    size_t line;
    char origin[ORIGIN_BYTES_MAX]; /* "orders.ini:12" */
    char service[NAME_BYTES_MAX];  /* of the section; "": there was none yet */
    bool is_use;
    bool is_skipped; /* the section is wrong, and what stands in it is not looked at */
    size_t first;    /* of the settings, what this file said */
};

static struct piece
trim(struct piece piece)
{
    while (piece.size_bytes > 0 && (piece.data[0] == ' ' || piece.data[0] == '\t')) {
        piece.data++;
        piece.size_bytes--;
    }
    while (piece.size_bytes > 0 && strchr(" \t\r", piece.data[piece.size_bytes - 1]) != NULL)
        piece.size_bytes--;
    return piece;
}

static bool
is_name(struct piece piece)
{
    if (piece.size_bytes == 0 || piece.size_bytes >= NAME_BYTES_MAX || isdigit((unsigned char)piece.data[0]))
        return false;
    for (size_t index = 0; index < piece.size_bytes; index++)
        if (!isalnum((unsigned char)piece.data[index]) && piece.data[index] != '_')
            return false;
    return true;
}

/* A service, or a module of the standard library: std.http. */
static bool
is_section_name(struct piece piece)
{
    static const char library[] = "std.";
    size_t library_bytes = sizeof library - 1;
    if (piece.size_bytes > library_bytes && memcmp(piece.data, library, library_bytes) == 0)
        return piece.size_bytes < NAME_BYTES_MAX &&
               is_name((struct piece){ piece.data + library_bytes, piece.size_bytes - library_bytes });
    return is_name(piece);
}

/* Take `suffix` off its end. */
static bool
take_suffix(struct piece *piece, const char *suffix)
{
    size_t suffix_bytes = strlen(suffix);
    if (piece->size_bytes <= suffix_bytes ||
        memcmp(piece->data + piece->size_bytes - suffix_bytes, suffix, suffix_bytes) != 0)
        return false;
    piece->size_bytes -= suffix_bytes;
    return true;
}

static void
copy_name(char name[NAME_BYTES_MAX], struct piece piece)
{
    memcpy(name, piece.data, piece.size_bytes);
    name[piece.size_bytes] = '\0';
}

/* ---- sections ---- */

/* A section of a service that the program does not have is told once, and not with each of its lines. */
static void
check_service(struct file *file)
{
    const struct dsy_program_type *program = file->settings->program;
    const char *near = NULL;
    for (size_t index = 0; index < dsy_library_setting_count && !file->is_use; index++)
        if (strcmp(dsy_library_settings[index].service, file->service) == 0)
            return;
    for (uint32_t index = 0; index < program->service_count; index++) {
        if (strcmp(program->services[index]->name, file->service) == 0)
            return;
        dsy_problem_nearer(file->service, program->services[index]->name, &near);
    }
    file->is_skipped = true;
    settings_problem_format(file->settings, file->origin, "[%s%s] is unknown: the program has no service %s.%s%s%s",
                            file->service, file->is_use ? ".use" : "", file->service,
                            near != NULL ? " Is " : " Take it out.", near != NULL ? near : "",
                            near != NULL ? " meant?" : "");
}

static void
read_section(struct file *file, struct piece line)
{
    const char *close = memchr(line.data, ']', line.size_bytes);
    struct piece name = { line.data + 1, close != NULL ? (size_t)(close - line.data) - 1 : 0 };
    struct piece rest = { close != NULL ? close + 1 : line.data, 0 };
    rest.size_bytes = (size_t)(line.data + line.size_bytes - rest.data);
    rest = trim(rest);
    name = trim(name);
    file->is_use = take_suffix(&name, ".use");
    file->is_skipped =
        close == NULL || !is_section_name(name) || (rest.size_bytes > 0 && strchr("#;", rest.data[0]) == NULL);
    if (file->is_skipped) {
        settings_problem(file->settings, file->origin,
                         "This is no section. Write [SERVICE] for its config, or [SERVICE.use] for where what it uses "
                         "is served.");
        return;
    }
    copy_name(file->service, name);
    check_service(file);
}

/* ---- values ---- */

/* "text" as a JSON string. Returns false if it is none. */
static bool
read_quoted(struct file *file, struct piece text, struct dsy_config_value *setting, bool from_file)
{
    json_t *value = json_loadb(text.data, text.size_bytes, JSON_DECODE_ANY, NULL);
    bool is_string = json_is_string(value);
    if (is_string) {
        setting->text = json_string_value(value);
        settings_add(file->settings, setting, json_string_length(value), from_file);
        explicit_bzero((char *)(uintptr_t)setting->text, json_string_length(value));
    }
    json_decref(value);
    return is_string;
}

/* A name that this file gave before. */
static bool
is_doubled(struct file *file, const struct dsy_config_value *setting)
{
    for (size_t index = file->first; index < file->settings->count; index++) {
        const struct dsy_config_value *other = &file->settings->values[index];
        if (other->is_use != setting->is_use || strcmp(other->service, setting->service) != 0 ||
            strcmp(other->name, setting->name) != 0)
            continue;
        settings_problem_format(file->settings, file->origin, "%s is given a second time; first at %s. Take one out.",
                                setting->name, other->origin);
        return true;
    }
    return false;
}

static void
read_assignment(struct file *file, struct piece line)
{
    const char *equals = memchr(line.data, '=', line.size_bytes);
    struct piece name = { line.data, equals != NULL ? (size_t)(equals - line.data) : line.size_bytes };
    name = trim(name);
    bool from_file = !file->is_use && take_suffix(&name, ".file");
    if (equals == NULL || !is_name(name)) {
        settings_problem(file->settings, file->origin,
                         "This is neither a section nor a value. Write NAME = VALUE; comments begin with #.");
        return;
    }
    if (file->service[0] == '\0') {
        settings_problem(file->settings, file->origin,
                         "This value stands before the first section. Write [SERVICE] above it.");
        return;
    }
    char text[NAME_BYTES_MAX];
    copy_name(text, name);
    struct dsy_config_value setting = {
        .service = file->service, .name = text, .origin = file->origin, .is_use = file->is_use
    };
    struct piece value = trim((struct piece){ equals + 1, (size_t)(line.data + line.size_bytes - equals) - 1 });
    if (is_doubled(file, &setting))
        return;
    if (value.size_bytes == 0 || value.data[0] != '"') {
        setting.text = value.data;
        settings_add(file->settings, &setting, value.size_bytes, from_file);
    } else if (!read_quoted(file, value, &setting, from_file)) {
        settings_problem_format(file->settings, file->origin,
                                "The value of %s.%s begins with a quote and is no JSON string to its end. Escape "
                                "quotes and backslashes in it with \\, or leave the quotes around it out.",
                                file->service, text);
    }
}

/* ---- lines ---- */

static void
read_line(struct file *file, struct piece line)
{
    file->line++;
    snprintf(file->origin, sizeof file->origin, "%.500s:%zu", file->path, file->line);
    line = trim(line);
    if (line.size_bytes == 0 || line.data[0] == '#' || line.data[0] == ';')
        return;
    if (memchr(line.data, 0, line.size_bytes) != NULL)
        settings_problem(file->settings, file->origin, "There is an octet 0 in this line: this is no text file.");
    else if (line.data[0] == '[')
        read_section(file, line);
    else if (!file->is_skipped)
        read_assignment(file, line);
}

void
settings_read_file(struct settings *settings, const char *path)
{
    size_t size_bytes = 0;
    const char *problem = NULL;
    char *bytes = settings_load(path, &size_bytes, &problem);
    if (bytes == NULL) {
        settings_problem_format(settings, NULL, "the configuration file %s cannot be read: %s.", path, problem);
        return;
    }
    struct file file = { .settings = settings, .path = path, .first = settings->count };
    const char *at = bytes, *end = bytes + size_bytes;
    if (size_bytes >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        at += 3;
    while (at < end) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        const char *line_end = feed != NULL ? feed : end;
        read_line(&file, (struct piece){ at, (size_t)(line_end - at) });
        at = line_end + 1;
    }
    explicit_bzero(bytes, size_bytes);
    free(bytes);
}
