/* The second opinion's own program: makes random programs, and says what they do.
 *
 *     opinion generate FIRST COUNT BATCH [STATEMENT…]   the source of a batch; STATEMENTs are left out
 *     opinion interpret FILE                            a line for each routine P….run and W….run: its name, a tab, its
 * outcome */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/diagnostic_print.h"
#include "compiler/check/check.h"
#include "compiler/syntax/load.h"
#include "tests/opinion/generate.h"
#include "tests/opinion/interpret.h"

static int
run_generate(int count, char **words)
{
    static uint32_t without[4096];
    struct generate_request request = { .without = without };
    request.first = strtoull(words[0], NULL, 10);
    request.count = strtoull(words[1], NULL, 10);
    request.batch = strtoull(words[2], NULL, 10);
    for (int index = 3; index < count && request.without_count < 4096; index++)
        without[request.without_count++] = (uint32_t)strtoul(words[index], NULL, 10);
    uint32_t statements;
    char *source = generate(&request, &statements);
    fputs(source, stdout);
    printf("// %u statements\n", statements);
    free(source);
    return 0;
}

/* What check() works with. */
struct front {
    struct arena arena;
    struct interner names;
    struct sources sources;
    struct diagnostics diagnostics;
    struct loader loader;
    jmp_buf out_of_memory;
};

static const struct program *
load(struct front *front, const char *path)
{
    arena_initialise(&front->arena, &front->out_of_memory);
    if (setjmp(front->out_of_memory) != 0) {
        fputs("no memory\n", stderr);
        exit(2);
    }
    interner_initialise(&front->names, &front->arena);
    sources_initialise(&front->sources, &front->arena);
    diagnostics_initialise(&front->diagnostics, &front->arena, &front->sources);
    loader_initialise(&front->loader, &front->arena, &front->names, &front->sources, &front->diagnostics);
    int error_number = 0;
    const struct ast_file *file = loader_load_main(&front->loader, text_from_string(path), &error_number);
    const struct program *program = NULL;
    if (file == NULL)
        fprintf(stderr, "%s: %s\n", path, strerror(error_number));
    else if (!file->is_damaged)
        program = check(&front->arena, &front->diagnostics, file, loader_import, &front->loader);
    if (file != NULL && front->diagnostics.error_count > 0) {
        struct text_builder messages;
        text_builder_initialise(&messages, &front->arena);
        diagnostics_sort(&front->diagnostics);
        diagnostics_print(&messages, &front->diagnostics, false);
        fputs(text_builder_text(&messages).data, stderr);
        program = NULL;
    }
    return program;
}

static int
run_interpret(const char *path)
{
    static struct front front;
    static struct machine machine;
    const struct program *program = load(&front, path);
    for (size_t index = 0; program != NULL && index < program->function_count; index++) {
        const struct function *function = program->functions[index];
        if (function->service == NULL || strchr("PW", function->service->name.data[0]) == NULL ||
            !text_equal_string(function->name, "run"))
            continue;
        const char *outcome = interpret(&machine, program, function);
        printf("%.*s\t%s\n", TEXT_ARGUMENTS(function->qualified_name), outcome != NULL ? outcome : "too long");
    }
    heap_free(&machine.heap);
    sources_close(&front.sources);
    arena_free(&front.arena);
    return program != NULL ? 0 : 1;
}

int
main(int count, char **words)
{
    if (count >= 5 && strcmp(words[1], "generate") == 0)
        return run_generate(count - 2, words + 2);
    if (count == 3 && strcmp(words[1], "interpret") == 0)
        return run_interpret(words[2]);
    fputs("usage: opinion generate FIRST COUNT BATCH [STATEMENT...] | opinion interpret FILE\n", stderr);
    return 2;
}
