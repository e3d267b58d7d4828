/* The whole compiler on any bytes: it ends with C, or with errors that can be printed; never with neither.
 * How far it goes depends on the size, so that every printer has its turn. Seeds: small programs of every construct. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compiler/base/diagnostic_print.h"
#include "compiler/compile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

/* A file without a name, which the compiler reads by its path. */
static int descriptor = -1;
static char path[64];

static void
write_source(const uint8_t *data, size_t size_bytes)
{
    if (descriptor < 0) {
        descriptor = memfd_create("source", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    }
    if (descriptor < 0 || ftruncate(descriptor, 0) != 0 ||
        pwrite(descriptor, data, size_bytes, 0) != (ssize_t)size_bytes)
        abort();
}

static enum compile_goal
goal_for(size_t size_bytes)
{
    switch (size_bytes % 16) {
    case 0: return COMPILE_AST;
    case 1: return COMPILE_CFG;
    case 2: return COMPILE_FSM;
    case 3: return COMPILE_DOT;
    default: return COMPILE_C;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    write_source(data, size_bytes);
    struct compile_request request = { .path = path, .goal = goal_for(size_bytes) };
    static struct compilation compilation;
    enum compile_status status = compile(&compilation, &request);
    if (setjmp(compilation.out_of_memory) != 0)
        abort();
    size_t error_count = compilation.diagnostics.error_count;
    if (status == COMPILE_OK ? error_count != 0 : status != COMPILE_HAS_ERRORS || error_count == 0)
        abort();
    if (status == COMPILE_OK && request.goal == COMPILE_C && compilation.output.size_bytes == 0)
        abort();
    struct text_builder messages;
    text_builder_initialise(&messages, &compilation.arena);
    diagnostics_print(&messages, &compilation.diagnostics, size_bytes % 2 == 0);
    if (compilation.diagnostics.count != 0 && messages.size_bytes == 0)
        abort();
    compilation_free(&compilation);
    return 0;
}
