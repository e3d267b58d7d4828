/* The files of a compilation: see load.h. */
#include "compiler/syntax/load.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/syntax/parse.h"

void
loader_initialise(struct loader *loader, struct arena *arena, struct interner *names, struct sources *sources,
                  struct diagnostics *diagnostics)
{
    *loader = (struct loader){ .arena = arena, .names = names, .sources = sources, .diagnostics = diagnostics };
    map_initialise(&loader->files, arena);
}

/* What tells a file from others, by whatever path it is named. */
static struct text
resolve(struct loader *loader, struct text path)
{
    char resolved[PATH_MAX];
    const char *string = text_to_string(loader->arena, path);
    return realpath(string, resolved) == NULL ? text_from_string(string)
                                              : text_copy(loader->arena, text_from_string(resolved));
}

/* The folder of a file's path, with its slash; "" if there is none. */
static struct text
folder_of(struct text path)
{
    size_t size_bytes = path.size_bytes;
    while (size_bytes > 0 && path.data[size_bytes - 1] != '/')
        size_bytes--;
    return (struct text){ path.data, size_bytes };
}

static bool
exists(struct text path)
{
    return access(path.data, F_OK) == 0;
}

/* Where dsyc was installed, if it was; else the tree that it was built from. */
static struct text
library_folder(struct loader *loader)
{
    if (loader->library_folder.size_bytes > 0)
        return loader->library_folder;
    char path[PATH_MAX];
    ssize_t size_bytes = readlink("/proc/self/exe", path, sizeof path);
    struct text program = { path, size_bytes > 0 && (size_t)size_bytes < sizeof path ? (size_t)size_bytes : 0 };
    struct text installed =
        text_format(loader->arena, "%.*s../" DSY_INSTALL_DATA "/dsy/stdlib", TEXT_ARGUMENTS(folder_of(program)));
    bool is_installed = program.size_bytes > 0 && exists(installed);
    struct text folder = resolve(loader, is_installed ? installed : TEXT(DSY_SOURCE_FOLDER "/stdlib"));
    loader->library_folder = text_format(loader->arena, "%.*s/", TEXT_ARGUMENTS(folder));
    return loader->library_folder;
}

static struct ast_file *
load(struct loader *loader, struct text path, int *error_number)
{
    struct text key = resolve(loader, path);
    struct ast_file *file = map_get(&loader->files, key);
    if (file != NULL)
        return file;
    const struct source_file *source = sources_read(loader->sources, path, error_number);
    if (source == NULL)
        return NULL;
    file = parse(loader->arena, loader->names, source, loader->diagnostics);
    file->is_library = text_starts_with(key, library_folder(loader));
    map_put(&loader->files, key, file);
    return file;
}

struct ast_file *
loader_load_main(struct loader *loader, struct text path, int *error_number)
{
    return load(loader, path, error_number);
}

/* `folder/path`; a path from the root stands for itself. folder may be "". */
static struct text
join(struct loader *loader, struct text folder, struct text path)
{
    if (folder.size_bytes == 0 || (path.size_bytes != 0 && path.data[0] == '/'))
        return text_copy(loader->arena, path);
    const char *between = folder.data[folder.size_bytes - 1] == '/' ? "" : "/";
    return text_format(loader->arena, "%.*s%s%.*s", TEXT_ARGUMENTS(folder), between, TEXT_ARGUMENTS(path));
}

/* A pipe, a terminal or a device might never end. Only the file of the command line may be one. */
static bool
is_special(struct text path)
{
    struct stat status;
    return stat(path.data, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

/* Set *found to where the import lies. Returns false if it lies nowhere. */
static bool
find(struct loader *loader, const struct ast_file *importer, struct text path, struct text *found)
{
    *found = join(loader, folder_of(importer->source->path), path);
    if (exists(*found))
        return true;
    for (size_t index = 0; index < loader->import_folder_count; index++) {
        *found = join(loader, text_from_string(loader->import_folders[index]), path);
        if (exists(*found))
            return true;
    }
    return false;
}

static void
report_missing(struct loader *loader, const struct ast_file *importer, struct text path, struct span where)
{
    struct diagnostic *reported = diagnostic_add(loader->diagnostics, DIAGNOSTIC_IMPORT_NOT_FOUND, where, path);
    struct text folder = folder_of(importer->source->path);
    diagnostic_help(reported, "it was looked for in '%t'%s", folder.size_bytes == 0 ? TEXT(".") : folder,
                    loader->import_folder_count == 0 ? "; -I adds folders" : " and the folders given with -I");
}

/* "std.http": letters and underscores behind the dot, so that it leads nowhere else. */
static bool
is_library_module(struct text path)
{
    if (!text_starts_with(path, TEXT("std.")) || path.size_bytes == 4)
        return false;
    for (size_t index = 4; index < path.size_bytes; index++) {
        char letter = path.data[index];
        if ((letter < 'a' || letter > 'z') && letter != '_')
            return false;
    }
    return true;
}

static const struct ast_file *
import_library(struct loader *loader, struct text path, struct span where)
{
    struct text name = { path.data + 4, path.size_bytes - 4 };
    struct text found =
        text_format(loader->arena, "%.*s%.*s.dsy", TEXT_ARGUMENTS(library_folder(loader)), TEXT_ARGUMENTS(name));
    int error_number = 0;
    const struct ast_file *file = load(loader, found, &error_number);
    if (file == NULL && error_number == ENOENT)
        diagnostic_help(diagnostic_add(loader->diagnostics, DIAGNOSTIC_NO_LIBRARY_MODULE, where, path),
                        "there are std.text, math, list, time, json, http, log, random and crypto");
    else if (file == NULL)
        diagnostic_add(loader->diagnostics, DIAGNOSTIC_IMPORT_NOT_READ, where, found, strerror(error_number));
    return file == NULL || file->is_damaged ? NULL : file;
}

const struct ast_file *
loader_import(void *loader_pointer, const struct ast_file *importer, struct text path, struct span where)
{
    struct loader *loader = loader_pointer;
    struct text found;
    if (is_library_module(path))
        return import_library(loader, path, where);
    if (path.size_bytes == 0 || memchr(path.data, '\0', path.size_bytes) != NULL ||
        !find(loader, importer, path, &found)) {
        report_missing(loader, importer, path, where);
        return NULL;
    }
    if (is_special(found)) {
        diagnostic_add(loader->diagnostics, DIAGNOSTIC_IMPORT_NOT_READ, where, found, "it is no file");
        return NULL;
    }
    int error_number = 0;
    const struct ast_file *file = load(loader, found, &error_number);
    if (file == NULL)
        diagnostic_add(loader->diagnostics, DIAGNOSTIC_IMPORT_NOT_READ, where, found, strerror(error_number));
    return file == NULL || file->is_damaged ? NULL : file;
}
