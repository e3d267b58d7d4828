/* dsyc run: writes the generated files, calls cc for what is out of date, links, execs.
 *
 * The folder: $XDG_CACHE_HOME/dsy/run/STEM-HASH (else ~/.cache, else the folder for temporary files), where HASH is of
 * the paths of the source and its steps. A generated file is written only when its content changed, and its object is
 * compiled only when it is older than that or than libdsy. Steps are compiled every time: what they include is not
 * known here. The program is linked under a name of this process's and renamed, so that two runs, or a program that
 * still runs, never see half a file.
 *
 * libdsy and its headers are found beside dsyc itself: in the build tree (libdsy.a in dsyc's folder), else in the
 * prefix where it is installed. */
#include "compiler/tool/run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What cc may print before the rest is cut off; enough for hundreds of messages. */
#define COMPILER_OUTPUT_BYTES_MAX ((size_t)1 << 20)
#define COMPILER_WORDS_MAX 256

extern char **environ;

struct toolchain {
    const char *compiler; /* $CC, else cc */
    const char *library;  /* path of libdsy.a */
    const char *include;  /* folder that holds dsy/step.h */
};

/* The words of a command line; NULL-terminated. */
struct command {
    const char *words[COMPILER_WORDS_MAX + 1];
    size_t count;
};

struct runner {
    struct arena *arena;
    const struct run_request *request;
    struct toolchain toolchain;
    const char *folder;
    struct text problem; /* what run_program returns; empty: none so far */
};

static bool fail(struct runner *runner, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Keep the text as the problem. Always false, so that a caller can return it. */
static bool
fail(struct runner *runner, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    runner->problem = text_format_list(runner->arena, format, arguments);
    va_end(arguments);
    return false;
}

static const char *format_string(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

static const char *
format_string(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *result = text_format_list(arena, format, arguments).data;
    va_end(arguments);
    return result;
}

/* ---- where things are ---- */

static bool
find_toolchain(struct runner *runner)
{
    char path[PATH_MAX];
    ssize_t size_bytes = readlink("/proc/self/exe", path, sizeof path - 1);
    if (size_bytes <= 0) {
        return fail(runner, "dsyc run: can't find out where dsyc itself lies: %s", strerror(errno));
    }
    path[size_bytes] = '\0';
    char *slash = strrchr(path, '/');
    if (slash != NULL) {
        *slash = '\0';
    }

    struct toolchain *toolchain = &runner->toolchain;
    const char *compiler = getenv("CC");
    toolchain->compiler = compiler != NULL && *compiler != '\0' ? compiler : "cc";
    toolchain->library = format_string(runner->arena, "%s/libdsy.a", path);
    toolchain->include = DSY_SOURCE_FOLDER "/runtime/include";
    if (access(toolchain->library, R_OK) != 0) {
        toolchain->library = format_string(runner->arena, "%s/../%s/libdsy.a", path, DSY_INSTALL_LIBRARIES);
        toolchain->include = format_string(runner->arena, "%s/../include", path);
    }
    if (access(toolchain->library, R_OK) != 0) {
        return fail(runner,
                    "dsyc run: libdsy is missing: neither %s/libdsy.a nor %s can be read\n"
                    "help: build it (ninja -C %s dsy), or install Dsy as a whole",
                    path, toolchain->library, path);
    }
    return true;
}

/* mkdir -p; a name of a folder that exists already is fine. */
static bool
make_folders(struct runner *runner, const char *path)
{
    char *partial = (char *)arena_allocate_bytes(runner->arena, strlen(path) + 1);
    memcpy(partial, path, strlen(path) + 1);
    for (char *slash = strchr(partial + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash != NULL) {
            *slash = '\0';
        }
        if (mkdir(partial, 0700) != 0 && errno != EEXIST) {
            return fail(
                runner,
                "dsyc run: can't make the folder %s: %s\nhelp: set XDG_CACHE_HOME to a folder that can be written to",
                partial, strerror(errno));
        }
        if (slash == NULL) {
            return true;
        }
        *slash = '/';
    }
}

static uint64_t
hash_path(uint64_t hash, const char *path)
{
    char resolved[PATH_MAX];
    const char *full = realpath(path, resolved);
    if (full == NULL) {
        full = path;
    }
    return hash * 31u + text_hash(full, strlen(full));
}

/* Name of the generated files without their ending: "orders". */
static struct text
stem(const struct run_request *request)
{
    struct text name = request->files->files[0].name;
    const char *dot = memchr(name.data, '.', name.size_bytes);
    if (dot != NULL) {
        name.size_bytes = (size_t)(dot - name.data);
    }
    return name;
}

static bool
make_program_folder(struct runner *runner)
{
    const struct run_request *request = runner->request;
    uint64_t hash = hash_path(0, request->source_path);
    for (size_t index = 0; index < request->step_count; index++) {
        hash = hash_path(hash, request->step_paths[index]);
    }
    hash = hash_path(hash, runner->toolchain.library);

    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    const char *parent;
    if (cache != NULL && *cache == '/') {
        parent = format_string(runner->arena, "%s/dsy/run", cache);
    } else if (home != NULL && *home == '/') {
        parent = format_string(runner->arena, "%s/.cache/dsy/run", home);
    } else {
        parent = format_string(runner->arena, P_tmpdir "/dsy-%lu/run", (unsigned long)getuid());
    }
    struct text name = stem(request);
    runner->folder =
        format_string(runner->arena, "%s/%.*s-%016llx", parent, TEXT_ARGUMENTS(name), (unsigned long long)hash);
    if (!make_folders(runner, runner->folder)) {
        return false;
    }
    /* Code is going to be executed from here: nobody else may have prepared it. */
    struct stat status;
    if (lstat(runner->folder, &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != geteuid()) {
        return fail(runner, "dsyc run: the folder %s belongs to somebody else", runner->folder);
    }
    return true;
}

/* ---- generated files ---- */

static bool
has_content(const char *path, struct text content)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    bool same = true;
    size_t offset = 0;
    char block[65536];
    size_t size_bytes;
    while (same && (size_bytes = fread(block, 1, sizeof block, file)) > 0) {
        same = size_bytes <= content.size_bytes - offset && memcmp(block, content.data + offset, size_bytes) == 0;
        offset += same ? size_bytes : 0;
    }
    same = same && ferror(file) == 0 && offset == content.size_bytes;
    (void)fclose(file);
    return same;
}

static bool
write_file(struct runner *runner, const char *path, struct text content)
{
    const char *partial = format_string(runner->arena, "%s.%ld", path, (long)getpid());
    FILE *file = fopen(partial, "wb");
    bool written = file != NULL && fwrite(content.data, 1, content.size_bytes, file) == content.size_bytes;
    if (file != NULL && fclose(file) != 0) {
        written = false;
    }
    if (!written || rename(partial, path) != 0) {
        int reason = errno;
        (void)unlink(partial);
        return fail(runner, "dsyc run: can't write %s: %s", path, strerror(reason));
    }
    return true;
}

static bool
write_generated_files(struct runner *runner)
{
    const struct emitted_files *files = runner->request->files;
    for (size_t index = 0; index < files->file_count; index++) {
        const struct emitted_file *file = &files->files[index];
        const char *path = format_string(runner->arena, "%s/%.*s", runner->folder, TEXT_ARGUMENTS(file->name));
        if (!has_content(path, file->content) && !write_file(runner, path, file->content)) {
            return false;
        }
    }
    return true;
}

/* ---- cc ---- */

static bool
command_add(struct runner *runner, struct command *command, const char *word)
{
    if (command->count == COMPILER_WORDS_MAX) {
        return fail(runner, "dsyc run: more than %d files and options for %s", COMPILER_WORDS_MAX,
                    runner->toolchain.compiler);
    }
    command->words[command->count++] = word;
    command->words[command->count] = NULL;
    return true;
}

/* Every word of a list that is separated by blanks. */
static bool
command_add_list(struct runner *runner, struct command *command, const char *list)
{
    const char *word = list;
    while (*(word += strspn(word, " ")) != '\0') {
        size_t size_bytes = strcspn(word, " ");
        if (!command_add(runner, command, format_string(runner->arena, "%.*s", (int)size_bytes, word))) {
            return false;
        }
        word += size_bytes;
    }
    return true;
}

/* How every command of ours begins; $CC may be several words ("ccache gcc"). */
static bool
command_begin(struct runner *runner, struct command *command)
{
    command->count = 0;
    return command_add_list(runner, command, runner->toolchain.compiler) &&
           command_add_list(runner, command, "-std=gnu17 -O1 -g " DSY_LINK_OPTIONS) &&
           command_add(runner, command, "-I") && command_add(runner, command, runner->folder) &&
           command_add(runner, command, "-I") && command_add(runner, command, runner->toolchain.include);
}

/* All that comes out of a pipe, up to the bound; the rest is read and dropped, so that the writer can end. */
static struct text
read_all(struct arena *arena, int descriptor)
{
    struct text_builder builder;
    text_builder_initialise(&builder, arena);
    char block[4096];
    ssize_t size_bytes;
    while ((size_bytes = read(descriptor, block, sizeof block)) > 0 || (size_bytes < 0 && errno == EINTR)) {
        if (size_bytes > 0 && builder.size_bytes < COMPILER_OUTPUT_BYTES_MAX) {
            text_builder_add(&builder, (struct text){ block, (size_t)size_bytes });
        }
    }
    return text_builder_text(&builder);
}

/* Start a command in the C locale, its messages into a pipe: they are searched for names that are missing. */
static int
start_command(const struct command *command, int messages, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    int status = posix_spawn_file_actions_init(&actions);
    if (status != 0) {
        return status;
    }
    status = posix_spawn_file_actions_adddup2(&actions, messages, STDERR_FILENO);
    if (status == 0) {
        status = posix_spawn_file_actions_adddup2(&actions, messages, STDOUT_FILENO);
    }
    if (status == 0) {
        status = setenv("LC_ALL", "C", 1) == 0 ? 0 : errno;
    }
    if (status == 0) {
        status =
            posix_spawnp(child, command->words[0], &actions, NULL, (char *const *)(uintptr_t)command->words, environ);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return status;
}

/* Run a command to its end. False when it could not be started (the problem says so); else *exit_code and *output. */
static bool
run_command(struct runner *runner, const struct command *command, int *exit_code, struct text *output)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return fail(runner, "dsyc run: can't make a pipe: %s", strerror(errno));
    }
    const char *locale = getenv("LC_ALL");
    const char *saved_locale = locale != NULL ? format_string(runner->arena, "%s", locale) : NULL;
    pid_t child;
    int status = start_command(command, ends[1], &child);
    if (saved_locale != NULL) {
        (void)setenv("LC_ALL", saved_locale, 1);
    } else {
        (void)unsetenv("LC_ALL");
    }
    (void)close(ends[1]);
    if (status != 0) {
        (void)close(ends[0]);
        if (status == ENOENT) {
            return fail(runner,
                        "dsyc run: there is no C compiler '%s' here\n"
                        "help: install one (apt-get install gcc), or name one in the variable CC",
                        command->words[0]);
        }
        return fail(runner, "dsyc run: can't start %s: %s", command->words[0], strerror(status));
    }
    *output = read_all(runner->arena, ends[0]);
    (void)close(ends[0]);
    int wait_status;
    while (waitpid(child, &wait_status, 0) < 0) {
        if (errno != EINTR) {
            return fail(runner, "dsyc run: lost %s: %s", command->words[0], strerror(errno));
        }
    }
    *exit_code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
    return true;
}

static bool
is_newer(const char *path, const char *than)
{
    struct stat mine, other;
    if (stat(path, &mine) != 0 || stat(than, &other) != 0) {
        return false;
    }
    if (mine.st_mtim.tv_sec != other.st_mtim.tv_sec) {
        return mine.st_mtim.tv_sec > other.st_mtim.tv_sec;
    }
    return mine.st_mtim.tv_nsec > other.st_mtim.tv_nsec;
}

static bool
compile_generated(struct runner *runner, const char *source, const char *object)
{
    if (is_newer(object, source) && is_newer(object, runner->toolchain.library)) {
        return true;
    }
    const char *partial = format_string(runner->arena, "%s.%ld", object, (long)getpid());
    struct command command;
    int exit_code = 0;
    struct text output;
    if (!command_begin(runner, &command) || !command_add_list(runner, &command, "-c -o") ||
        !command_add(runner, &command, partial) || !command_add(runner, &command, source) ||
        !run_command(runner, &command, &exit_code, &output)) {
        return false;
    }
    if (exit_code != 0) {
        (void)unlink(partial);
        return fail(runner,
                    "%.*s\n"
                    "dsyc run: %s can't compile what dsyc made of %s: this is a mistake of dsyc's, please report it",
                    TEXT_ARGUMENTS(output), command.words[0], runner->request->source_path);
    }
    if (rename(partial, object) != 0) {
        return fail(runner, "dsyc run: can't write %s: %s", object, strerror(errno));
    }
    return true;
}

/* ---- a link that failed ---- */

/* The declaration of a function in the generated header, with the comment above it. Empty: there is none. */
static struct text
find_prototype(const struct emitted_files *files, struct text name)
{
    for (size_t index = 0; index < files->file_count; index++) {
        struct text header = files->files[index].content;
        const struct text file_name = files->files[index].name;
        if (file_name.size_bytes < 2 || memcmp(file_name.data + file_name.size_bytes - 2, ".h", 2) != 0) {
            continue;
        }
        const char *end = header.data + header.size_bytes;
        const char *at = header.data;
        while ((at = memmem(at, (size_t)(end - at), name.data, name.size_bytes)) != NULL) {
            const char *behind = at + name.size_bytes;
            bool is_whole = at > header.data && (at[-1] == ' ' || at[-1] == '*' || at[-1] == '\n');
            if (is_whole && behind < end && *behind == '(') {
                const char *semicolon = memchr(behind, ';', (size_t)(end - behind));
                /* From the empty line above, where a declaration and its comment begin. */
                const char *begin = at;
                while (begin > header.data && !(begin[-1] == '\n' && (begin == header.data + 1 || begin[-2] == '\n'))) {
                    begin--;
                }
                if (semicolon != NULL) {
                    return (struct text){ begin, (size_t)(semicolon + 1 - begin) };
                }
            }
            at = behind;
        }
    }
    return (struct text){ NULL, 0 };
}

/* The next name that the linker (ld, gold or lld) misses, from *offset on. False: no more. */
static bool
next_undefined(struct text output, size_t *offset, struct text *name)
{
    static const char *const phrases[] = { "undefined reference to `", "undefined reference to '",
                                           "undefined symbol: " };
    const char *best = NULL;
    for (size_t index = 0; index < sizeof phrases / sizeof *phrases; index++) {
        size_t size_bytes = strlen(phrases[index]);
        const char *found = memmem(output.data + *offset, output.size_bytes - *offset, phrases[index], size_bytes);
        if (found != NULL && (best == NULL || found + size_bytes < best)) {
            best = found + size_bytes;
        }
    }
    if (best == NULL) {
        return false;
    }
    size_t rest = (size_t)(output.data + output.size_bytes - best);
    size_t size_bytes = 0;
    while (size_bytes < rest && strchr("'`\"\n \r", best[size_bytes]) == NULL) {
        size_bytes++;
    }
    *offset = (size_t)(best + size_bytes - output.data);
    /* The symbols of DSY_STEP and DSY_NATIVE in dsy/step.h. */
    static const char *const prefixes[] = { "step.", "native." };
    for (size_t index = 0; index < sizeof prefixes / sizeof *prefixes; index++) {
        size_t prefix_bytes = strlen(prefixes[index]);
        if (size_bytes > prefix_bytes && memcmp(best, prefixes[index], prefix_bytes) == 0) {
            best += prefix_bytes;
            size_bytes -= prefix_bytes;
            break;
        }
    }
    *name = (struct text){ best, size_bytes };
    return true;
}

/* Name the prototypes of the steps that nobody wrote; for any other failure, show what cc said. */
static bool
explain_failed_link(struct runner *runner, const char *compiler, struct text output)
{
    const struct run_request *request = runner->request;
    struct text_builder builder;
    text_builder_initialise(&builder, runner->arena);
    struct text name;
    size_t offset = 0, missing_count = 0;
    while (next_undefined(output, &offset, &name)) {
        struct text prototype = find_prototype(request->files, name);
        struct text so_far = text_builder_text(&builder);
        if (prototype.size_bytes == 0 ||
            memmem(so_far.data, so_far.size_bytes, prototype.data, prototype.size_bytes) != NULL) {
            continue;
        }
        text_builder_format(&builder, "%.*s\n\n", TEXT_ARGUMENTS(prototype));
        missing_count++;
    }
    if (missing_count == 0) {
        return fail(runner, "%.*s\ndsyc run: %s failed", TEXT_ARGUMENTS(output), compiler);
    }
    struct text prototypes = text_builder_text(&builder);
    return fail(runner,
                "dsyc run: %s declares %zu step%s or native function%s that no C file defines:\n\n%.*s"
                "help: write %s in a file that has #include \"%.*s.h\", and name the file: dsyc run %s steps.c",
                request->source_path, missing_count, missing_count == 1 ? "" : "s", missing_count == 1 ? "" : "s",
                TEXT_ARGUMENTS(prototypes), missing_count == 1 ? "it" : "them", TEXT_ARGUMENTS(stem(request)),
                request->source_path);
}

static bool
link_program(struct runner *runner, const char *object, const char *program)
{
    const struct run_request *request = runner->request;
    const char *partial = format_string(runner->arena, "%s.%ld", program, (long)getpid());
    struct command command;
    if (!command_begin(runner, &command) || !command_add_list(runner, &command, "-Wall -Wextra -o") ||
        !command_add(runner, &command, partial) || !command_add(runner, &command, object)) {
        return false;
    }
    for (size_t index = 0; index < request->step_count; index++) {
        if (access(request->step_paths[index], R_OK) != 0) {
            return fail(runner, "dsyc run: can't read %s: %s", request->step_paths[index], strerror(errno));
        }
        if (!command_add(runner, &command, request->step_paths[index])) {
            return false;
        }
    }
    int exit_code = 0;
    struct text output;
    if (!command_add(runner, &command, runner->toolchain.library) ||
        !command_add_list(runner, &command, DSY_LINK_WORDS) || !run_command(runner, &command, &exit_code, &output)) {
        return false;
    }
    if (exit_code != 0) {
        (void)unlink(partial);
        return explain_failed_link(runner, command.words[0], output);
    }
    (void)!write(STDERR_FILENO, output.data, output.size_bytes);
    if (rename(partial, program) != 0) {
        return fail(runner, "dsyc run: can't write %s: %s", program, strerror(errno));
    }
    return true;
}

/* ---- the straight line ---- */

/* Replace this process by the program. Returns only when that failed. */
static void
exec_program(struct runner *runner, const char *program)
{
    const struct run_request *request = runner->request;
    char **words = arena_new_array(runner->arena, char *, request->argument_count + 3);
    words[0] = (char *)(uintptr_t)program;
    words[1] = (char *)(uintptr_t) "serve";
    for (size_t index = 0; index < request->argument_count; index++) {
        words[2 + index] = request->arguments[index];
    }
    (void)execv(program, words);
    (void)fail(runner, "dsyc run: can't start %s: %s", program, strerror(errno));
}

struct text
run_program(struct arena *arena, const struct run_request *request)
{
    struct runner runner = { .arena = arena, .request = request };
    if (!find_toolchain(&runner) || !make_program_folder(&runner) || !write_generated_files(&runner)) {
        return runner.problem;
    }
    struct text name = stem(request);
    const char *program = format_string(arena, "%s/%.*s", runner.folder, TEXT_ARGUMENTS(name));
    const char *source = format_string(arena, "%s.c", program);
    const char *object = format_string(arena, "%s.o", program);
    if (!compile_generated(&runner, source, object) || !link_program(&runner, object, program)) {
        return runner.problem;
    }
    exec_program(&runner, program);
    return runner.problem;
}
