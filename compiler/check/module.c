/* Modules: see module.h. Files may import each other in a circle; each is one module, found again by its tree. */
#include "compiler/check/module.h"

/* `shop.orders` as text. */
static struct text
path_text(struct checker *checker, const struct ast_path *path)
{
    struct text_builder builder;
    text_builder_initialise(&builder, checker->arena);
    for (size_t index = 0; index < path->count; index++) {
        if (index > 0)
            text_builder_add_character(&builder, '.');
        text_builder_add(&builder, path->names[index].text);
    }
    return text_builder_text(&builder);
}

/* The name that a file without `module` has: its own, without folder and extension, as an identifier. */
static struct text
name_of_file(struct checker *checker, struct text path)
{
    size_t begin = 0;
    size_t end = path.size_bytes;
    for (size_t index = 0; index < path.size_bytes; index++) {
        if (path.data[index] == '/')
            begin = index + 1;
    }
    if (end - begin > 4 && memcmp(path.data + end - 4, ".dsy", 4) == 0)
        end -= 4;
    struct text_builder builder;
    text_builder_initialise(&builder, checker->arena);
    for (size_t index = begin; index < end; index++) {
        char letter = path.data[index];
        bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_';
        bool is_digit = letter >= '0' && letter <= '9';
        if (is_digit && index == begin)
            text_builder_add_character(&builder, '_');
        text_builder_add_character(&builder, is_letter || is_digit ? letter : '_');
    }
    if (begin == end)
        text_builder_add_string(&builder, "main");
    return text_builder_text(&builder);
}

static struct text
last_part(struct text name)
{
    size_t begin = name.size_bytes;
    while (begin > 0 && name.data[begin - 1] != '.')
        begin--;
    return (struct text){ name.data + begin, name.size_bytes - begin };
}

static struct module *
module_new(struct checker *checker, const struct ast_file *file)
{
    struct module *module = arena_new(checker->arena, struct module);
    module->file = file;
    module->name =
        file->module.count > 0 ? path_text(checker, &file->module) : name_of_file(checker, file->source->path);
    module->short_name = last_part(module->name);
    module->is_library = file->is_library;
    if (!module->is_library && text_starts_with(module->name, TEXT("std."))) {
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_LIBRARY_NAME, file->module.span, module->name);
        diagnostic_help(found, "give the module a name of your own");
    }
    map_initialise(&module->symbols, checker->arena);
    map_initialise(&module->found, checker->arena);
    return module;
}

/* The address of a tree as the key of a map. */
static struct text
file_key(struct checker *checker, const struct ast_file *file)
{
    return text_copy(checker->arena, (struct text){ (const char *)&file, sizeof file });
}

/* The file that an import names; NULL after it was reported. */
static const struct ast_file *
find_import(struct checker *checker, struct module *module, const struct ast_import *import)
{
    if (import->path.count == 0)
        return checker->import(checker->loader, module->file, import->file, import->span);
    struct text path = path_text(checker, &import->path);
    if (import->path.count == 2 && text_equal_string(import->path.names[0].text, "std"))
        return checker->import(checker->loader, module->file, path, import->span);
    struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_IMPORT_BY_NAME, import->span, path);
    diagnostic_help(found, "import a file by its path: import \"%t.dsy\";",
                    import->path.names[import->path.count - 1].text);
    return NULL;
}

/* One file whose imports are being loaded. */
struct pending {
    struct module *module;
    size_t next_import;
};
struct pending_list VECTOR(struct pending);

static void
add_import(struct checker *checker, struct module *importer, struct module *imported)
{
    if (imported == importer)
        return;
    for (size_t index = 0; index < importer->imports.count; index++) {
        if (importer->imports.items[index] == imported)
            return;
    }
    vector_add(checker->arena, &importer->imports, imported);
}

/* Depth first, with a stack of our own: a chain of imports may be as long as it likes. */
static void
load_all(struct checker *checker, const struct ast_file *main_file)
{
    struct map known; /* tree → module */
    map_initialise(&known, checker->arena);
    struct pending_list stack = { 0 };
    checker->main_module = module_new(checker, main_file);
    map_put(&known, file_key(checker, main_file), checker->main_module);
    vector_add(checker->arena, &stack, ((struct pending){ checker->main_module, 0 }));
    while (stack.count > 0) {
        struct pending *top = &vector_last(&stack);
        struct module *module = top->module;
        if (top->next_import == module->file->imports.count) {
            vector_add(checker->arena, &checker->modules, module);
            stack.count--;
            continue;
        }
        const struct ast_import *import = &module->file->imports.items[top->next_import++];
        const struct ast_file *file = find_import(checker, module, import);
        if (file == NULL) {
            module->misses_imports = true;
            continue;
        }
        struct text key = file_key(checker, file);
        struct module *imported = map_get(&known, key);
        if (imported == NULL) {
            imported = module_new(checker, file);
            map_put(&known, key, imported);
            vector_add(checker->arena, &stack, ((struct pending){ imported, 0 }));
        }
        add_import(checker, module, imported);
    }
}

/* Where a diagnostic about a whole module points: its `module` line, else its first declaration. */
static struct span
module_span(const struct module *module)
{
    if (module->file->module.count > 0)
        return module->file->module.span;
    if (module->file->declarations.count > 0) {
        uint32_t begin = module->file->declarations.items[0]->span.begin;
        return (struct span){ begin, begin };
    }
    return (struct span){ module->file->source->base, module->file->source->base };
}

void
modules_load(struct checker *checker, const struct ast_file *main_file)
{
    load_all(checker, main_file);
    struct map names;
    map_initialise(&names, checker->arena);
    for (size_t index = 0; index < checker->modules.count; index++) {
        struct module *module = checker->modules.items[index];
        const struct module *other = map_get(&names, module->name);
        if (other != NULL) {
            struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_MODULE_TWICE,
                                                      module_span(module), module->file->source->path, module->name);
            diagnostic_note(found, module_span(other), "'%t' is module '%t' too", other->file->source->path,
                            other->name);
            diagnostic_help(found, "give one of them a name of its own at its beginning: module shop.%t;",
                            module->short_name);
        } else {
            map_put(&names, module->name, module);
        }
    }
}

bool
modules_miss_imports(const struct checker *checker)
{
    for (size_t index = 0; index < checker->modules.count; index++) {
        if (checker->modules.items[index]->misses_imports)
            return true;
    }
    return false;
}
