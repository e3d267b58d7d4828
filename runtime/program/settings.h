/* Settings: what a deployment says of its program, gathered from the command line, the environment and a file.
 *
 * In this order, and the first that says something of a name counts:
 *     --set Orders.salutation=Hi    DSY_ORDERS_SALUTATION=Hi    [Orders] salutation = Hi
 *     --set Orders.use.payments=here    DSY_ORDERS_USE_PAYMENTS=here    [Orders.use] payments = here
 * and, for the value that stands in a file of its own:
 *     --set Orders.key.file=/run/key    DSY_ORDERS_KEY_FILE=/run/key    [Orders] key.file = /run/key
 *
 * Everything wrong is said on stderr at once and counted; values are never part of what is said. Texts are wiped when
 * they are given back. */
#ifndef DSY_PROGRAM_SETTINGS_H
#define DSY_PROGRAM_SETTINGS_H

#include "dsy/arena.h"
#include "dsy/node.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    SETTINGS_MAX = 4096,
    SETTINGS_FILE_BYTES_MAX = 1024 * 1024, /* the file of --config, and a value that stands in a file of its own */
};

struct settings {
    const char *name; /* of the executable, for messages */
    const struct dsy_program_type *program;
    struct dsy_config_value *values; /* owned; first come, first counts */
    size_t count, capacity;
    size_t problem_count;
    struct dsy_arena arena; /* owns the texts */
    bool has_arena;
};

/* Zeroed but for name and program. */
void settings_destroy(struct settings *settings);

/* "Orders.salutation=Hi": what --set says. The last one of a name counts. Returns false after having said why it is
 * none. */
bool settings_read_word(struct settings *settings, const char *word);

/* The environment's DSY_… variables that stand for a setting of the program. */
void settings_read_environment(struct settings *settings);

/* A file of --config. */
void settings_read_file(struct settings *settings, const char *path);

/* ---- for those who read ---- */

/* One more setting; texts are copied.
 * text_bytes  of text, which need not end in NUL; it may not contain one
 * from_file   the text is the path of a file that holds the value
 * Returns false after having said why not. */
bool settings_add(struct settings *settings, const struct dsy_config_value *setting, size_t text_bytes, bool from_file);

/* Say what is wrong; the form that struct dsy_node_options wants. context: the settings. */
void settings_problem(void *context, const char *origin, const char *text);
void settings_problem_format(struct settings *settings, const char *origin, const char *format, ...) DSY_FORMAT(3, 4);

/* A whole file, in memory of malloc; NULL: *problem says why not. */
char *settings_load(const char *path, size_t *size_bytes, const char **problem);

#endif
