/* Compiles every file that it is given, all in one process: what valgrind needs a second for to begin with is paid
 * once.
 *
 *     compile_files FILE.dsy…
 *
 * Each is compiled to C and its diagnostics are printed into memory; errors of a program are no failure here. */
#include <stdio.h>
#include <string.h>

#include "compiler/base/diagnostic_print.h"
#include "compiler/compile.h"

static bool
compile_file(const char *path)
{
    static struct compilation compilation;
    struct compile_request request = { .path = path, .goal = COMPILE_C };
    enum compile_status status = compile(&compilation, &request);
    if (status == COMPILE_OUT_OF_MEMORY || setjmp(compilation.out_of_memory) != 0) {
        fprintf(stderr, "compile_files: %s: no memory\n", path);
        compilation_free(&compilation);
        return false;
    }
    struct text_builder messages;
    text_builder_initialise(&messages, &compilation.arena);
    diagnostics_print(&messages, &compilation.diagnostics, true);
    diagnostics_print_json(&messages, &compilation.diagnostics);
    bool is_good = status == COMPILE_OK || (status == COMPILE_HAS_ERRORS && compilation.diagnostics.error_count > 0);
    if (!is_good)
        fprintf(stderr, "compile_files: %s: status %d without an error\n", path, (int)status);
    compilation_free(&compilation);
    return is_good;
}

int
main(int count, char **arguments)
{
    int bad = 0;
    for (int index = 1; index < count; index++)
        bad += !compile_file(arguments[index]);
    printf("compile_files: %d files, %d failed\n", count - 1, bad);
    return bad == 0 && count > 1 ? 0 : 1;
}
