/* dsyc run: the generated C of a program, compiled and linked with its steps, and served.
 *
 * The program is built in a folder of its own in the user's cache, so that a second run compiles only what changed.
 * It then takes this process's place (exec): who kills dsyc kills what it serves.
 * Relies on emit/emit.h; memory: the caller's arena. */
#ifndef DSY_COMPILER_TOOL_RUN_H
#define DSY_COMPILER_TOOL_RUN_H

#include <stddef.h>

#include "compiler/base/arena.h"
#include "compiler/base/text.h"
#include "compiler/emit/emit.h"

struct run_request {
    const char *source_path;           /* the .dsy file as given: names the folder */
    const struct emitted_files *files; /* what the compiler made of it */
    const char *const *step_paths;     /* .c, .o or .a files of the user */
    size_t step_count;
    char *const *arguments; /* of `serve`: --store DIR --listen HOST:PORT */
    size_t argument_count;
};

/* Compile, link, and become the program. What cc says of a build that went well (warnings) goes to stderr.
 *
 * arena    takes everything that is made
 * request  borrowed
 *
 * Returns only when that was not possible: the text to show, several lines, without a line feed at its end. */
struct text run_program(struct arena *arena, const struct run_request *request);

#endif
