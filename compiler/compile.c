/* The straight line; see compile.h. Read this first. */
#include "compiler/compile.h"

#include "compiler/check/check.h"
#include "compiler/lower/lower.h"
#include "compiler/syntax/ast_print.h"

/* The stem of the generated files' names, a C identifier: "shop/my-orders.dsy" → "my_orders". */
static struct text
output_name(struct arena *arena, struct text path)
{
    size_t begin = path.size_bytes;
    while (begin > 0 && path.data[begin - 1] != '/')
        begin--;
    struct text stem = { path.data + begin, path.size_bytes - begin };
    if (stem.size_bytes > 4 && memcmp(stem.data + stem.size_bytes - 4, ".dsy", 4) == 0)
        stem.size_bytes -= 4;
    char *name = arena_allocate_bytes(arena, stem.size_bytes + 2);
    size_t size_bytes = 0;
    if (stem.size_bytes == 0 || (stem.data[0] >= '0' && stem.data[0] <= '9'))
        name[size_bytes++] = '_';
    for (size_t index = 0; index < stem.size_bytes; index++) {
        char byte = stem.data[index];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
        name[size_bytes++] = is_letter ? byte : '_';
    }
    name[size_bytes] = '\0';
    return (struct text){ name, size_bytes };
}

static void
print_files(struct text_builder *output, const struct emitted_files *files)
{
    for (size_t index = 0; index < files->file_count; index++) {
        const struct emitted_file *file = &files->files[index];
        text_builder_format(output, "/* ==== %.*s ==== */\n", TEXT_ARGUMENTS(file->name));
        text_builder_add(output, file->content);
    }
}

static enum compile_status
run_stages(struct compilation *compilation, const struct compile_request *request)
{
    struct arena *arena = &compilation->arena;
    struct text_builder *output = &compilation->output;

    const struct ast_file *ast =
        loader_load_main(&compilation->loader, text_from_string(request->path), &compilation->error_number);
    compilation->ast = ast;
    if (ast == NULL)
        return COMPILE_CANNOT_READ;
    if (request->goal == COMPILE_AST) {
        ast_print(output, ast);
        return compilation->diagnostics.error_count == 0 ? COMPILE_OK : COMPILE_HAS_ERRORS;
    }
    if (ast->is_damaged)
        return COMPILE_HAS_ERRORS;

    const struct program *program = check(arena, &compilation->diagnostics, ast, loader_import, &compilation->loader);
    if (program == NULL || compilation->diagnostics.error_count != 0)
        return COMPILE_HAS_ERRORS;
    if (request->goal == COMPILE_CHECK)
        return COMPILE_OK;

    const struct machines *machines = lower(arena, &compilation->sources, program);
    if (request->goal == COMPILE_CFG)
        machines_print_cfg(output, machines);
    if (request->goal == COMPILE_FSM)
        machines_print_fsm(output, machines);
    if (request->goal == COMPILE_DOT)
        machines_print_dot(output, machines);
    if (request->goal != COMPILE_FILES && request->goal != COMPILE_C)
        return COMPILE_OK;

    compilation->files = emit(arena, &compilation->sources, machines, output_name(arena, ast->source->path));
    if (compilation->files == NULL)
        return COMPILE_OUT_OF_MEMORY;
    if (request->goal == COMPILE_C)
        print_files(output, compilation->files);
    return COMPILE_OK;
}

enum compile_status
compilation_begin(struct compilation *compilation)
{
    memset(compilation, 0, sizeof *compilation);
    arena_initialise(&compilation->arena, &compilation->out_of_memory);
    if (setjmp(compilation->out_of_memory) != 0)
        return COMPILE_OUT_OF_MEMORY;
    interner_initialise(&compilation->names, &compilation->arena);
    sources_initialise(&compilation->sources, &compilation->arena);
    diagnostics_initialise(&compilation->diagnostics, &compilation->arena, &compilation->sources);
    loader_initialise(&compilation->loader, &compilation->arena, &compilation->names, &compilation->sources,
                      &compilation->diagnostics);
    text_builder_initialise(&compilation->output, &compilation->arena);
    return COMPILE_OK;
}

enum compile_status
compile(struct compilation *compilation, const struct compile_request *request)
{
    if (compilation_begin(compilation) != COMPILE_OK || setjmp(compilation->out_of_memory) != 0)
        return COMPILE_OUT_OF_MEMORY;
    compilation->loader.import_folders = request->import_folders;
    compilation->loader.import_folder_count = request->import_folder_count;
    enum compile_status status = run_stages(compilation, request);
    diagnostics_sort(&compilation->diagnostics);
    return status;
}

void
compilation_free(struct compilation *compilation)
{
    sources_close(&compilation->sources);
    arena_free(&compilation->arena);
}
