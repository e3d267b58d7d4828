/* Options, and what they and the settings make of a node. */
#include "runtime/program/program.h"

#include "dsy/time.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- values of options ---- */

static bool
read_number(const struct dsy_command *command, const char *option, const char *text, int64_t least, int64_t most,
            int64_t *number)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (text[0] == 0 || *end != 0 || errno != 0 || value < least || value > most) {
        dsy_program_complain(command->name, "%s wants a number from %lld to %lld, not '%s'.", option, (long long)least,
                             (long long)most, text);
        return false;
    }
    *number = value;
    return true;
}

static bool
read_uint32(const struct dsy_command *command, const char *option, const char *text, int64_t least, int64_t most,
            uint32_t *number)
{
    int64_t value;
    if (!read_number(command, option, text, least, most, &value))
        return false;
    *number = (uint32_t)value;
    return true;
}

static bool
read_placement(struct dsy_command *command, const char *text)
{
    if (strcmp(text, "local") == 0)
        command->placement = DSY_PLACE_LOCAL;
    else if (strcmp(text, "spread") == 0)
        command->placement = DSY_PLACE_SPREAD;
    else {
        dsy_program_complain(command->name, "--placement is local or spread, not '%s'.", text);
        return false;
    }
    return true;
}

static bool
read_level(struct dsy_command *command, const char *text)
{
    for (enum dsy_log_level level = DSY_LOG_DEBUG; level <= DSY_LOG_ERROR; level++) {
        if (strcmp(text, dsy_log_level_name(level)) == 0) {
            command->log_level = level;
            return true;
        }
    }
    dsy_program_complain(command->name, "--log-level is debug, info, warning or error, not '%s'.", text);
    return false;
}

/* ---- options ---- */

/* An option that wants a value. Returns false after having said what is wrong. */
static bool
read_option(struct dsy_command *command, const char *option, const char *value)
{
    int64_t number;
    if (strcmp(option, "--store") == 0) {
        command->store = value;
    } else if (strcmp(option, "--listen") == 0) {
        command->listen = value;
    } else if (strcmp(option, "--address") == 0) {
        command->address = value;
    } else if (strcmp(option, "--key") == 0) {
        command->key = value;
    } else if (strcmp(option, "--shards") == 0) {
        return read_uint32(command, option, value, 1, 256, &command->shard_count);
    } else if (strcmp(option, "--workers") == 0) {
        return read_uint32(command, option, value, 1, 1024, &command->worker_count);
    } else if (strcmp(option, "--placement") == 0) {
        return read_placement(command, value);
    } else if (strcmp(option, "--set") == 0) {
        return settings_read_word(&command->settings, value);
    } else if (strcmp(option, "--config") == 0) {
        command->config = value;
    } else if (strcmp(option, "--log-level") == 0) {
        return read_level(command, value);
    } else if (strcmp(option, "--grace") == 0) {
        return read_number(command, option, value, 0, 86400, &command->grace_s);
    } else if (strcmp(option, "--wait") == 0) {
        return read_number(command, option, value, 0, INT32_MAX, &command->wait_s);
    } else if (strcmp(option, "--keep-results") == 0) {
        if (!read_number(command, option, value, 1, INT64_C(10) * 365 * 86400, &number))
            return false;
        command->result_retention_ns = number * DSY_NANOSECONDS_PER_SECOND;
    } else if (strcmp(option, "--body-bytes") == 0) {
        if (!read_number(command, option, value, 1, INT64_C(256) * 1024 * 1024, &number))
            return false;
        command->limits.body_bytes_max = (size_t)number;
    } else if (strcmp(option, "--connections") == 0) {
        return read_uint32(command, option, value, 1, 100000, &command->limits.connections_max);
    }
    return true;
}

static const char *const serve_options[] = {
    "--store",     "--listen",       "--shards",     "--workers", "--placement",   "--set", "--config",
    "--log-level", "--keep-results", "--body-bytes", "--grace",   "--connections", NULL,
};
static const char *const call_options[] = {
    "--store",  "--address", "--key",       "--wait",      "--set", "--config",
    "--shards", "--workers", "--placement", "--log-level", NULL,
};

/* Read words[index], and the next one if it belongs to it. */
static bool
read_word(struct dsy_command *command, bool is_call, int word_count, char **words, int *index)
{
    const char *word = words[*index];
    if (word[0] != '-' || word[1] != '-') {
        if (!is_call || command->word_count == sizeof command->words / sizeof command->words[0]) {
            dsy_program_complain(command->name, "'%s' is one word too many; see %s --help.", word, command->name);
            return false;
        }
        command->words[command->word_count++] = word;
        return true;
    }
    if (!is_call && strcmp(word, "--allow-remote") == 0) {
        command->allow_remote = true;
        return true;
    }
    if (!is_call && strcmp(word, "--log-json") == 0) {
        command->log_json = true;
        return true;
    }
    size_t name_bytes = strcspn(word, "=");
    for (const char *const *known = is_call ? call_options : serve_options; *known != NULL; known++) {
        if (strlen(*known) != name_bytes || strncmp(word, *known, name_bytes) != 0)
            continue;
        if (word[name_bytes] == '=')
            return read_option(command, *known, word + name_bytes + 1);
        if (*index + 1 < word_count)
            return read_option(command, *known, words[++*index]);
        dsy_program_complain(command->name, "%s wants a value.", word);
        return false;
    }
    dsy_program_complain(command->name, "'%s' is no option of %s; see %s --help.", word, is_call ? "call" : "serve",
                         command->name);
    return false;
}

bool
dsy_command_read(struct dsy_command *command, bool is_call, int word_count, char **words)
{
    command->listen = DEFAULT_LISTEN;
    command->limits = DSY_HTTP_LIMITS_DEFAULT;
    command->grace_s = DEFAULT_GRACE_S;
    command->wait_s = -1;
    command->log_level = is_call ? DSY_LOG_WARNING : DSY_LOG_INFO;
    command->settings = (struct settings){ .name = command->name, .program = command->program };
    for (int index = 0; index < word_count; index++) {
        if (!read_word(command, is_call, word_count, words, &index))
            return false;
    }
    return true;
}

void
dsy_command_destroy(struct dsy_command *command)
{
    settings_destroy(&command->settings);
}

struct dsy_node_options
dsy_command_node_options(const struct dsy_command *command)
{
    return (struct dsy_node_options){
        .program = command->program,
        .driver = &dsy_store_sqlite,
        .shard_count = command->shard_count,
        .worker_count = command->worker_count,
        .placement = command->placement,
        .result_retention_ns = command->result_retention_ns,
    };
}

enum dsy_status
dsy_command_create_node(struct dsy_command *command, const struct dsy_node_options *options, struct dsy_node **node,
                        struct dsy_error *error)
{
    struct settings *settings = &command->settings;
    settings_read_environment(settings);
    if (command->config != NULL)
        settings_read_file(settings, command->config);
    struct dsy_node_options with_settings = *options;
    with_settings.configs = settings->values;
    with_settings.config_count = settings->count;
    with_settings.problem = settings_problem;
    with_settings.problem_context = settings;
    enum dsy_status status = dsy_node_create(&with_settings, node, error);
    if (settings->problem_count == 0)
        return status;
    if (status == DSY_OK) {
        dsy_node_destroy(*node);
        *node = NULL;
    }
    *error = (struct dsy_error){ 0 };
    return dsy_error_set(error, DSY_INVALID, "the configuration has %zu problem%s: nothing was started",
                         settings->problem_count, settings->problem_count == 1 ? "" : "s");
}

const char *
dsy_command_store(const struct dsy_command *command, char *text, size_t text_bytes)
{
    if (command->store != NULL)
        return command->store;
    snprintf(text, text_bytes, "%s.store", command->program->name);
    return text;
}
