/* The compiler when memory runs out: every allocation of a compilation fails once, and each time compile() must say so
 * by its status, leave no file open, and leave nothing behind that compilation_free does not give back (the sanitizer
 * build looks for that).
 *
 *     memory_compiler FILE.dsy… */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compiler/compile.h"
#include "tests/limit/failing_memory.h"

static size_t
open_files(void)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL)
        return 0;
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

/* Returns false when it is not as it should be. */
static bool
try_file(const char *path, enum compile_goal goal, size_t *failures)
{
    for (size_t number = 1;; number++) {
        static struct compilation compilation;
        struct compile_request request = { .path = path, .goal = goal };
        size_t files_before = open_files();
        failing_memory_begin(number, false);
        enum compile_status status = compile(&compilation, &request);
        bool has_failed = failing_memory_end() > 0;
        compilation_free(&compilation);
        if (open_files() != files_before) {
            fprintf(stderr, "memory_compiler: %s: a file stays open when allocation %zu fails\n", path, number);
            return false;
        }
        if (!has_failed) {
            if (status == COMPILE_OK || status == COMPILE_HAS_ERRORS)
                return true;
            fprintf(stderr, "memory_compiler: %s: status %d without a failure\n", path, (int)status);
            return false;
        }
        (*failures)++;
        if (status != COMPILE_OUT_OF_MEMORY) {
            fprintf(stderr, "memory_compiler: %s: status %d when allocation %zu fails\n", path, (int)status, number);
            return false;
        }
    }
}

/* The path of a source of a megabyte, which takes several of the arena's chunks at every stage; it lies in memory. */
static const char *
large_source(void)
{
    static char path[64];
    int descriptor = memfd_create("large", 0);
    FILE *file = descriptor < 0 ? NULL : fdopen(dup(descriptor), "w");
    if (file == NULL)
        return NULL;
    for (int number = 0; number < 6000; number++)
        fprintf(file,
                "/// Function %d.\nint function_%d(int[] list, string text) {\n"
                "    int sum = %d;\n    for (int item : list) sum += item * %d;\n"
                "    return text == \"%d\" ? sum : -sum;\n}\n",
                number, number, number, number, number);
    bool done = fclose(file) == 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    return done ? path : NULL;
}

int
main(int count, char **arguments)
{
    static const enum compile_goal goals[] = { COMPILE_C, COMPILE_AST, COMPILE_FSM };
    size_t failures = 0;
    int bad = 0;
    for (int index = 1; index < count; index++)
        for (size_t goal = 0; goal < sizeof goals / sizeof *goals; goal++)
            bad += !try_file(arguments[index], goals[goal], &failures);
    const char *large = large_source();
    bad += large == NULL || !try_file(large, COMPILE_C, &failures);
    printf("memory_compiler: %d files, %zu allocations failed, %d times wrongly\n", count, failures, bad);
    return bad == 0 && failures > 0 ? 0 : 1;
}
