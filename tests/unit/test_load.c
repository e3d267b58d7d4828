/* compiler/syntax/load.c: where imports are found, and that a file is read once. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/syntax/load.h"
#include "tests/support/parsed.h"

struct folder {
    char path[64];
    struct parsed *parsed; /* its arena, sources and diagnostics are used */
    struct loader loader;
};

static const char *
path_in(struct folder *folder, const char *name)
{
    return text_format(&folder->parsed->arena, "%s/%s", folder->path, name).data;
}

static void
write_file(struct folder *folder, const char *name, const char *content)
{
    FILE *stream = fopen(path_in(folder, name), "wb");
    cr_assert(stream != NULL && fputs(content, stream) >= 0 && fclose(stream) == 0, "%s can't be written", name);
}

static struct folder
make_folder(void)
{
    struct folder folder = { .parsed = parsed_new("") };
    snprintf(folder.path, sizeof folder.path, "dsy-load-XXXXXX");
    cr_assert(mkdtemp(folder.path) != NULL, "no folder: %s", strerror(errno));
    loader_initialise(&folder.loader, &folder.parsed->arena, &folder.parsed->names, &folder.parsed->sources,
                      &folder.parsed->diagnostics);
    cr_assert_eq(mkdir(path_in(&folder, "sub"), 0700), 0);
    write_file(&folder, "main.dsy", "import \"a.dsy\";\n");
    write_file(&folder, "a.dsy", "const int A = 1;\n");
    write_file(&folder, "sub/b.dsy", "const int B = 1;\n");
    write_file(&folder, "broken.dsy", "const int;\n");
    return folder;
}

static void
remove_folder(struct folder *folder)
{
    static const char *const names[] = { "main.dsy", "a.dsy", "sub/b.dsy", "broken.dsy" };
    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++)
        unlink(path_in(folder, names[index]));
    rmdir(path_in(folder, "sub"));
    rmdir(folder->path);
    parsed_free(folder->parsed);
}

static const struct ast_file *
load_main(struct folder *folder)
{
    int error_number = 0;
    const struct ast_file *main_file =
        loader_load_main(&folder->loader, text_from_string(path_in(folder, "main.dsy")), &error_number);
    cr_assert(main_file != NULL, "%s", strerror(error_number));
    return main_file;
}

static const struct ast_file *
import(struct folder *folder, const struct ast_file *importer, const char *path)
{
    return loader_import(&folder->loader, importer, text_from_string(path), importer->imports.items[0].span);
}

Test(load, a_file_is_read_once_however_it_is_named)
{
    struct folder folder = make_folder();
    const struct ast_file *main_file = load_main(&folder);
    const struct ast_file *first = import(&folder, main_file, "a.dsy");
    cr_assert(first != NULL);
    cr_expect_eq(import(&folder, main_file, "a.dsy"), first);
    cr_expect_eq(import(&folder, main_file, "./sub/../a.dsy"), first);
    cr_expect_eq(import(&folder, main_file, "main.dsy"), main_file, "a circle ends");
    cr_expect_eq(folder.parsed->diagnostics.count, 0);
    remove_folder(&folder);
}

Test(load, imports_are_relative_to_their_file_then_to_the_folders)
{
    struct folder folder = make_folder();
    const struct ast_file *main_file = load_main(&folder);
    const struct ast_file *inner = import(&folder, main_file, "sub/b.dsy");
    cr_assert(inner != NULL);
    cr_expect(text_equal_string(inner->source->path, path_in(&folder, "sub/b.dsy")));
    const char *folders[] = { "no-such-folder", path_in(&folder, "sub") };
    folder.loader.import_folders = folders;
    folder.loader.import_folder_count = 2;
    cr_expect_eq(import(&folder, main_file, "b.dsy"), inner);
    cr_expect_eq(folder.parsed->diagnostics.count, 0);
    remove_folder(&folder);
}

Test(load, what_cannot_be_loaded_is_reported_where_it_is_imported)
{
    struct folder folder = make_folder();
    const struct ast_file *main_file = load_main(&folder);
    cr_expect_eq(import(&folder, main_file, "b.dsy"), NULL);
    cr_assert_eq(folder.parsed->diagnostics.count, 1);
    cr_expect_eq(folder.parsed->diagnostics.items[0]->code, DIAGNOSTIC_IMPORT_NOT_FOUND);
    cr_expect_eq(folder.parsed->diagnostics.items[0]->span.begin, main_file->imports.items[0].span.begin);
    cr_expect_eq(import(&folder, main_file, "sub"), NULL);
    cr_assert_eq(folder.parsed->diagnostics.count, 2);
    cr_expect_eq(folder.parsed->diagnostics.items[1]->code, DIAGNOSTIC_IMPORT_NOT_READ);
    cr_expect_eq(import(&folder, main_file, "broken.dsy"), NULL, "names would seem to be missing");
    cr_expect_eq(folder.parsed->diagnostics.count, 3, "only the error inside the file");
    int error_number = 0;
    cr_expect_eq(loader_load_main(&folder.loader, TEXT("no-such-file.dsy"), &error_number), NULL);
    cr_expect_eq(error_number, ENOENT);
    remove_folder(&folder);
}

/* It would be waited for until somebody writes into it. */
Test(load, an_import_is_no_pipe, .timeout = 10)
{
    struct folder folder = make_folder();
    const struct ast_file *main_file = load_main(&folder);
    cr_assert_eq(mkfifo(path_in(&folder, "pipe.dsy"), 0600), 0);
    cr_expect_eq(import(&folder, main_file, "pipe.dsy"), NULL);
    cr_expect_eq(import(&folder, main_file, "/dev/zero"), NULL);
    cr_assert_eq(folder.parsed->diagnostics.count, 2);
    cr_expect_eq(folder.parsed->diagnostics.items[0]->code, DIAGNOSTIC_IMPORT_NOT_READ);
    cr_expect_eq(folder.parsed->diagnostics.items[1]->code, DIAGNOSTIC_IMPORT_NOT_READ);
    cr_expect_eq(remove(path_in(&folder, "pipe.dsy")), 0);
    remove_folder(&folder);
}
