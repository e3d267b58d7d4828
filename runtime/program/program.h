/* The command line of linked programs: what main() chooses from. The only part of the runtime that prints, reads the
 * environment and ends the process. */
#ifndef DSY_PROGRAM_PROGRAM_H
#define DSY_PROGRAM_PROGRAM_H

#include "dsy/generated.h"
#include "dsy/node.h"
#include "dsy/store.h"
#include "runtime/base/log.h"
#include "runtime/program/settings.h"
#include "runtime/transport/http_limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit codes. */
enum {
    EXIT_THREW = 1,   /* the called routine threw, or the server ended by an error */
    EXIT_USAGE = 2,   /* the command line, the configuration or the call is wrong */
    EXIT_UNKNOWN = 3, /* nobody answers, the call goes on, or its result cannot be shown */
};

#define DEFAULT_LISTEN "127.0.0.1:8080"
#define DEFAULT_ADDRESS "http://127.0.0.1:8080"
/* How long running steps may take after SIGTERM, unless --grace says otherwise. */
#define DEFAULT_GRACE_S 30

/* The words of a command line, understood. Texts are those of argv. */
struct dsy_command {
    const struct dsy_program_type *program;
    const char *name;  /* of the executable, for messages */
    const char *store; /* directory; NULL: none was said */
    const char *listen;
    const char *address; /* of a serving process; NULL: none was said */
    bool allow_remote;
    uint32_t shard_count, worker_count;
    enum dsy_placement placement;
    int64_t result_retention_ns;
    int64_t grace_s;
    struct dsy_http_limits limits;
    enum dsy_log_level log_level;
    bool log_json;
    const char *key;
    int64_t wait_s;       /* call: give up after; negative: never */
    const char *words[2]; /* what is no option: SERVICE.ROUTINE and JSON */
    size_t word_count;
    const char *config; /* a file of settings; NULL: none was said */
    struct settings settings;
};

/* Understand the words after the subcommand.
 *
 * command      zeroed but for program and name; to be given back by dsy_command_destroy()
 * is_call      the options of `call`, not of `serve`
 *
 * Returns false after having said on stderr what is wrong. */
bool dsy_command_read(struct dsy_command *command, bool is_call, int word_count, char **words);

void dsy_command_destroy(struct dsy_command *command);

/* The options of a node for this command, all but its settings. */
struct dsy_node_options dsy_command_node_options(const struct dsy_command *command);

/* Read the settings and create the node. Everything that is wrong with the settings is said on stderr; error then says
 * how much it is. */
DSY_MUST_USE
enum dsy_status dsy_command_create_node(struct dsy_command *command, const struct dsy_node_options *options,
                                        struct dsy_node **node, struct dsy_error *error);

/* Where the store is: --store, or NAME.store in the present directory, in text. */
const char *dsy_command_store(const struct dsy_command *command, char *text, size_t text_bytes);

/* NAME serve, call, services: each returns the exit code. */
int dsy_program_serve(struct dsy_command *command);
int dsy_program_call(struct dsy_command *command);
int dsy_program_services(const struct dsy_program_type *program);

/* A log that writes to stderr: lines for people, or JSON objects. The log of this process; begun once. */
struct dsy_log *dsy_log_to_stderr(enum dsy_log_level least, bool as_json);

/* A line that a routine logged, to stdout: as struct dsy_node_options wants it. */
void dsy_line_to_stdout(void *context, const char *line, size_t size_bytes);

/* "NAME: error: …" and a line feed, on stderr. */
void dsy_program_complain(const char *name, const char *format, ...) DSY_FORMAT(2, 3);

#endif
