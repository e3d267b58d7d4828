/* The command line of dsyc: reads it, calls compile.h and tool/, prints, exits. Everything else is a library.
 *
 * Exit codes: 0 all is well; 1 the program has errors; 2 the command line is wrong; 3 a file can't be read or
 * written, memory ran out, or what dsyc calls failed. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/base/diagnostic_print.h"
#include "compiler/compile.h"
#include "compiler/tool/explain.h"
#include "compiler/tool/fix.h"
#include "compiler/tool/format.h"
#include "compiler/tool/run.h"

enum exit_code { EXIT_FINE = 0, EXIT_PROGRAM = 1, EXIT_USAGE = 2, EXIT_SYSTEM = 3 };

/* So many mends, and --fix stops: one that brings itself forth again must not write for ever. */
#define FIXES_MAX 10000

enum command { COMMAND_COMPILE, COMMAND_CHECK, COMMAND_RUN };

struct options {
    enum command command;
    enum compile_goal goal;
    const char *source_path;
    const char *output_folder;
    const char **import_folders;
    size_t import_folder_count;
    const char **step_paths; /* run */
    size_t step_count;
    char **program_arguments; /* run: behind `--` */
    size_t program_argument_count;
    bool json;
    bool colours;
    bool fixes; /* check */
};

static const char help_text[] =
    "dsyc, the compiler of Dsy\n"
    "\n"
    "  dsyc FILE.dsy -o FOLDER              compile to C: FOLDER/FILE.c and FOLDER/FILE.h\n"
    "  dsyc check [--fix] FILE.dsy          only look for errors; --fix mends those whose mend is certain\n"
    "  dsyc run FILE.dsy [STEPS.c …] [-- ARGUMENTS]\n"
    "                                       compile, link with the steps and serve; the arguments are those\n"
    "                                       of `serve`: --store FOLDER --listen HOST:PORT\n"
    "  dsyc fmt [--check] FILE.dsy …        write the files in the one style; --check only says which are not\n"
    "  dsyc explain [CODE]                  what a diagnostic such as E0203 means; without a code, all of them\n"
    "  dsyc --emit=KIND FILE.dsy            print a stage: ast, cfg, fsm, dot or c\n"
    "\n"
    "  -o FOLDER                where the C goes; it is made if need be\n"
    "  -I FOLDER                where imports are looked for, too; may be repeated\n"
    "  --diagnostics=text|json  how errors are printed (json: on standard output)\n"
    "  --color=auto|always|never\n"
    "  --help, --version\n"
    "\n"
    "exit codes: 0 well, 1 errors in the program, 2 wrong command line, 3 files or system\n";

/* ---- words for the user ---- */

__attribute__((format(printf, 1, 2))) static int
fail_usage(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("dsyc: ", stderr);
    vfprintf(stderr, format, arguments);
    fputs("\nhelp: dsyc --help shows what there is\n", stderr);
    va_end(arguments);
    return EXIT_USAGE;
}

static int
fail_system(const char *what, const char *path, int error_number)
{
    fprintf(stderr, "dsyc: %s %s: %s\n", what, path, strerror(error_number));
    return EXIT_SYSTEM;
}

/* Print a text; a full disk or a closed pipe is an error, too. */
static bool
print(FILE *stream, struct text text)
{
    bool is_written = fwrite(text.data, 1, text.size_bytes, stream) == text.size_bytes;
    return fflush(stream) == 0 && is_written;
}

/* ---- options ---- */

static bool
option_value(const char *argument, const char *name, const char **value)
{
    size_t length = strlen(name);
    if (strncmp(argument, name, length) != 0)
        return false;
    *value = argument + length;
    return true;
}

static int
parse_goal(struct options *options, const char *value)
{
    static const struct {
        const char *name;
        enum compile_goal goal;
    } goals[] = { { "ast", COMPILE_AST },
                  { "cfg", COMPILE_CFG },
                  { "fsm", COMPILE_FSM },
                  { "dot", COMPILE_DOT },
                  { "c", COMPILE_C } };
    for (size_t index = 0; index < sizeof goals / sizeof goals[0]; index++) {
        if (strcmp(value, goals[index].name) == 0) {
            options->goal = goals[index].goal;
            return EXIT_FINE;
        }
    }
    return fail_usage("--emit=%s: the kinds are ast, cfg, fsm, dot and c", value);
}

static int
parse_colours(struct options *options, const char *value)
{
    if (strcmp(value, "auto") != 0 && strcmp(value, "always") != 0 && strcmp(value, "never") != 0)
        return fail_usage("--color=%s: it is auto, always or never", value);
    if (strcmp(value, "auto") != 0)
        options->colours = strcmp(value, "always") == 0;
    return EXIT_FINE;
}

static int
parse_long_option(struct options *options, const char *argument)
{
    const char *value = NULL;
    if (option_value(argument, "--emit=", &value))
        return parse_goal(options, value);
    if (option_value(argument, "--color=", &value) || option_value(argument, "--colour=", &value))
        return parse_colours(options, value);
    if (option_value(argument, "--diagnostics=", &value)) {
        if (strcmp(value, "text") != 0 && strcmp(value, "json") != 0)
            return fail_usage("--diagnostics=%s: it is text or json", value);
        options->json = strcmp(value, "json") == 0;
        return EXIT_FINE;
    }
    if (strcmp(argument, "--fix") == 0) {
        options->fixes = true;
        return EXIT_FINE;
    }
    if (options->command == COMMAND_RUN)
        return fail_usage("there is no option %s; those of the program stand behind --", argument);
    return fail_usage("there is no option %s", argument);
}

static int
add_file(struct options *options, const char *path)
{
    if (options->source_path == NULL) {
        options->source_path = path;
        return EXIT_FINE;
    }
    if (options->command == COMMAND_RUN) {
        options->step_paths[options->step_count++] = path;
        return EXIT_FINE;
    }
    return fail_usage("one file is compiled at a time, with all it imports: %s and %s are two", options->source_path,
                      path);
}

/* -o FOLDER and -I FOLDER, joined or apart. */
static int
parse_folder(struct options *options, char **arguments, int count, int *index)
{
    const char *argument = arguments[*index];
    const char *value = argument + 2;
    if (*value == '\0') {
        if (*index + 1 >= count)
            return fail_usage("a folder belongs behind %s", argument);
        (*index)++;
        value = arguments[*index];
    }
    if (argument[1] == 'I') {
        options->import_folders[options->import_folder_count++] = value;
        return EXIT_FINE;
    }
    if (options->output_folder != NULL)
        return fail_usage("-o is given twice");
    options->output_folder = value;
    return EXIT_FINE;
}

static int
parse_arguments(struct options *options, char **arguments, int count)
{
    for (int index = 0; index < count; index++) {
        char *argument = arguments[index];
        int status = EXIT_FINE;
        if (strcmp(argument, "--") == 0) {
            options->program_arguments = arguments + index + 1;
            options->program_argument_count = (size_t)(count - index - 1);
            if (options->command != COMMAND_RUN)
                return fail_usage("arguments behind -- are for `dsyc run`");
            return EXIT_FINE;
        }
        if (argument[0] == '-' && (argument[1] == 'o' || argument[1] == 'I'))
            status = parse_folder(options, arguments, count, &index);
        else if (argument[0] == '-' && argument[1] != '\0')
            status = parse_long_option(options, argument);
        else
            status = add_file(options, argument);
        if (status != EXIT_FINE)
            return status;
    }
    return EXIT_FINE;
}

static int
check_options(const struct options *options)
{
    if (options->source_path == NULL)
        return fail_usage("no file is given");
    if (options->command == COMMAND_COMPILE && options->goal == COMPILE_FILES && options->output_folder == NULL)
        return fail_usage("where shall the C go? dsyc %s -o FOLDER", options->source_path);
    if (options->output_folder != NULL && (options->command != COMMAND_COMPILE || options->goal != COMPILE_FILES))
        return fail_usage("-o is for compiling; here nothing is written");
    if (options->fixes && options->command != COMMAND_CHECK)
        return fail_usage("--fix mends what a check has found: dsyc check --fix %s", options->source_path);
    if (options->command != COMMAND_COMPILE && options->goal != COMPILE_CHECK && options->goal != COMPILE_FILES)
        return fail_usage("--emit prints a stage of compiling: dsyc --emit=… %s", options->source_path);
    return EXIT_FINE;
}

/* ---- output ---- */

/* mkdir -p. Returns false and leaves errno. */
static bool
make_folder(struct arena *arena, const char *path)
{
    char *partial = arena_allocate_bytes(arena, strlen(path) + 1);
    memcpy(partial, path, strlen(path) + 1);
    for (char *cursor = partial + 1;; cursor++) {
        char byte = *cursor;
        if (byte != '/' && byte != '\0')
            continue;
        *cursor = '\0';
        if (mkdir(partial, 0777) != 0 && errno != EEXIST)
            return false;
        if (byte == '\0')
            return true;
        *cursor = byte;
    }
}

/* Write a file beside its place and move it there: whoever reads it sees the old or the new one, whole. A file that is
 * there keeps its permissions, and a link what it links to. */
static bool
write_file(struct arena *arena, const char *path, struct text content)
{
    char *linked = realpath(path, NULL);
    const char *place = linked == NULL ? path : text_copy(arena, text_from_string(linked)).data;
    free(linked);
    const char *draft = text_format(arena, "%s.%ld.tmp", place, (long)getpid()).data;
    FILE *stream = fopen(draft, "wb");
    if (stream == NULL)
        return false;
    struct stat before;
    bool is_written = stat(place, &before) != 0 || fchmod(fileno(stream), before.st_mode & 07777) == 0;
    is_written = is_written && print(stream, content);
    int error_number = errno;
    if (fclose(stream) == 0 && is_written && rename(draft, place) == 0)
        return true;
    if (is_written)
        error_number = errno;
    unlink(draft);
    errno = error_number;
    return false;
}

static int
write_files(struct compilation *compilation, const char *folder)
{
    struct arena *arena = &compilation->arena;
    if (!make_folder(arena, folder))
        return fail_system("can't make the folder", folder, errno);
    for (size_t index = 0; index < compilation->files->file_count; index++) {
        const struct emitted_file *file = &compilation->files->files[index];
        const char *path = text_format(arena, "%s/%.*s", folder, TEXT_ARGUMENTS(file->name)).data;
        if (!write_file(arena, path, file->content))
            return fail_system("can't write", path, errno);
    }
    return EXIT_FINE;
}

static int
print_diagnostics(struct compilation *compilation, const struct options *options)
{
    struct text_builder builder;
    text_builder_initialise(&builder, &compilation->arena);
    if (options->json)
        diagnostics_print_json(&builder, &compilation->diagnostics);
    else
        diagnostics_print(&builder, &compilation->diagnostics, options->colours);
    FILE *stream = options->json ? stdout : stderr;
    return print(stream, text_builder_text(&builder)) ? EXIT_FINE : EXIT_SYSTEM;
}

/* Become the compiled program. */
static int
run(struct compilation *compilation, const struct options *options)
{
    struct run_request request = {
        .source_path = options->source_path,
        .files = compilation->files,
        .step_paths = options->step_paths,
        .step_count = options->step_count,
        .arguments = options->program_arguments,
        .argument_count = options->program_argument_count,
    };
    struct text problem = run_program(&compilation->arena, &request);
    fprintf(stderr, "%.*s\n", TEXT_ARGUMENTS(problem));
    return EXIT_SYSTEM;
}

/* Write the files of the compilation that have mends. Returns false after it said why one can't be written. */
static bool
write_fixes(struct compilation *compilation, size_t *fix_count)
{
    for (size_t index = 0; index < compilation->sources.list.count; index++) {
        const struct source_file *file = compilation->sources.list.items[index];
        struct text_builder builder;
        text_builder_initialise(&builder, &compilation->arena);
        size_t count = fix_file(&compilation->diagnostics, file, &builder);
        const char *path = text_to_string(&compilation->arena, file->path);
        if (count > 0 && !write_file(&compilation->arena, path, text_builder_text(&builder))) {
            fail_system("can't write", path, errno);
            return false;
        }
        *fix_count += count;
    }
    return true;
}

/* ---- commands ---- */

static int
finish(struct compilation *compilation, const struct options *options)
{
    if (options->command == COMMAND_RUN)
        return run(compilation, options);
    if (options->goal == COMPILE_FILES)
        return write_files(compilation, options->output_folder);
    if (!print(stdout, text_builder_text(&compilation->output)))
        return fail_system("can't write to", "standard output", errno);
    return EXIT_FINE;
}

/* One round of mends. Returns how many there were; 0 too when they cannot be written. */
static size_t
fix_once(const struct compile_request *request)
{
    struct compilation compilation;
    enum compile_status status = compile(&compilation, request);
    if (status == COMPILE_OUT_OF_MEMORY || setjmp(compilation.out_of_memory) != 0) {
        compilation_free(&compilation); /* the check itself will say so */
        return 0;
    }
    size_t fix_count = 0;
    bool is_written = write_fixes(&compilation, &fix_count);
    compilation_free(&compilation);
    return is_written ? fix_count : 0;
}

/* A mend may show what it hid, so that the check is made again. */
static void
fix_all(const struct compile_request *request)
{
    size_t total = 0;
    for (size_t count; (count = fix_once(request)) > 0 && total < FIXES_MAX;)
        total += count;
    if (total > 0)
        fprintf(stderr, "dsyc: mended %zu %s\n", total, total == 1 ? "place" : "places");
}

static int
compile_and_finish(const struct options *options)
{
    struct compile_request request = {
        .path = options->source_path,
        .import_folders = options->import_folders,
        .import_folder_count = options->import_folder_count,
        .goal = options->goal,
    };
    if (options->fixes)
        fix_all(&request);
    struct compilation compilation;
    enum compile_status status = compile(&compilation, &request);
    int code = EXIT_FINE;
    if (status == COMPILE_OUT_OF_MEMORY || setjmp(compilation.out_of_memory) != 0) {
        fputs("dsyc: out of memory\n", stderr);
        compilation_free(&compilation);
        return EXIT_SYSTEM;
    }
    if (status == COMPILE_CANNOT_READ)
        code = fail_system("can't read", options->source_path, compilation.error_number);
    else
        code = print_diagnostics(&compilation, options);
    if (code == EXIT_FINE && status == COMPILE_HAS_ERRORS)
        code = EXIT_PROGRAM;
    if (code == EXIT_FINE || (code == EXIT_PROGRAM && options->goal == COMPILE_AST)) {
        int finish_code = finish(&compilation, options);
        code = finish_code == EXIT_FINE ? code : finish_code;
    }
    compilation_free(&compilation);
    return code;
}

static int
explain_command(char **arguments, int count)
{
    if (count > 1)
        return fail_usage("dsyc explain takes one code, such as E0203");
    struct arena arena;
    arena_initialise(&arena, NULL);
    struct text_builder builder;
    text_builder_initialise(&builder, &arena);
    int code = EXIT_FINE;
    if (count == 0)
        explain_list(&builder);
    else if (!explain(&builder, arguments[0]))
        code = fail_usage("there is no diagnostic '%s'; dsyc explain lists them all", arguments[0]);
    if (code == EXIT_FINE && !print(stdout, text_builder_text(&builder)))
        code = fail_system("can't write to", "standard output", errno);
    arena_free(&arena);
    return code;
}

/* ---- fmt ---- */

/* Format one file. is_other  receives whether it was not in style */
static int
format_file(struct compilation *compilation, const char *path, bool only_checks, bool *is_other)
{
    struct arena *arena = &compilation->arena;
    int error_number = 0;
    const struct source_file *source = sources_read(&compilation->sources, text_from_string(path), &error_number);
    if (source == NULL)
        return fail_system("can't read", path, error_number);
    struct text_builder builder;
    text_builder_initialise(&builder, arena);
    if (!format(arena, &compilation->names, source, &compilation->diagnostics, &builder)) {
        struct options options = { .colours = false };
        diagnostics_sort(&compilation->diagnostics);
        int code = print_diagnostics(compilation, &options);
        return code == EXIT_FINE ? EXIT_PROGRAM : code;
    }
    struct text formatted = text_builder_text(&builder);
    *is_other = !text_equal(formatted, (struct text){ source->content, source->size_bytes });
    if (*is_other && only_checks)
        printf("%s: not in the style of dsyc fmt\n", path);
    if (*is_other && !only_checks && !write_file(arena, path, formatted))
        return fail_system("can't write", path, errno);
    return EXIT_FINE;
}

static int
format_in_compilation(const char *path, bool only_checks, bool *is_other)
{
    struct compilation compilation;
    if (compilation_begin(&compilation) != COMPILE_OK || setjmp(compilation.out_of_memory) != 0) {
        fputs("dsyc: out of memory\n", stderr);
        compilation_free(&compilation);
        return EXIT_SYSTEM;
    }
    int code = format_file(&compilation, path, only_checks, is_other);
    compilation_free(&compilation);
    return code;
}

static int
format_command(char **arguments, int count)
{
    bool only_checks = false;
    int file_count = 0;
    for (int index = 0; index < count; index++) {
        if (strcmp(arguments[index], "--check") == 0)
            only_checks = true;
        else if (arguments[index][0] == '-')
            return fail_usage("dsyc fmt has no option %s", arguments[index]);
        else
            arguments[file_count++] = arguments[index];
    }
    if (file_count == 0)
        return fail_usage("dsyc fmt takes the files to format");
    int worst = EXIT_FINE;
    for (int index = 0; index < file_count; index++) {
        bool is_other = false;
        int code = format_in_compilation(arguments[index], only_checks, &is_other);
        if (code == EXIT_FINE && is_other && only_checks)
            code = EXIT_PROGRAM;
        worst = code > worst ? code : worst;
    }
    return worst;
}

/* Options that a folder is given to come at most as often as there are arguments; so do files. */
static int
compile_command(enum command command, char **arguments, int count)
{
    size_t room = (size_t)count + 1;
    struct options options = { .command = command, .goal = command == COMMAND_CHECK ? COMPILE_CHECK : COMPILE_FILES };
    options.colours = isatty(STDERR_FILENO) == 1 && getenv("NO_COLOR") == NULL;
    options.import_folders = calloc(room, sizeof *options.import_folders);
    options.step_paths = calloc(room, sizeof *options.step_paths);
    int code = EXIT_SYSTEM;
    if (options.import_folders == NULL || options.step_paths == NULL)
        fputs("dsyc: out of memory\n", stderr);
    else
        code = parse_arguments(&options, arguments, count);
    if (code == EXIT_FINE)
        code = check_options(&options);
    if (code == EXIT_FINE)
        code = compile_and_finish(&options);
    free(options.import_folders);
    free(options.step_paths);
    return code;
}

/* Somewhere on the command line, but not in what `run` hands on. */
static bool
asks_for_help(char **arguments, int count)
{
    for (int index = 0; index < count && strcmp(arguments[index], "--") != 0; index++) {
        if (strcmp(arguments[index], "--help") == 0 || strcmp(arguments[index], "-h") == 0)
            return true;
    }
    return false;
}

/* A word that is neither a file nor looks like one. */
static bool
is_command_word(const char *word)
{
    return strpbrk(word, "./-") == NULL && access(word, F_OK) != 0;
}

int
main(int argument_count, char **arguments)
{
    if (argument_count < 2) {
        fputs(help_text, stderr);
        return EXIT_USAGE;
    }
    const char *first = arguments[1];
    if (strcmp(first, "help") == 0 || asks_for_help(arguments + 1, argument_count - 1))
        return print(stdout, text_from_string(help_text)) ? EXIT_FINE : EXIT_SYSTEM;
    if (strcmp(first, "--version") == 0)
        return print(stdout, TEXT("dsyc " DSY_VERSION "\n")) ? EXIT_FINE : EXIT_SYSTEM;
    if (strcmp(first, "explain") == 0)
        return explain_command(arguments + 2, argument_count - 2);
    if (strcmp(first, "fmt") == 0)
        return format_command(arguments + 2, argument_count - 2);
    if (strcmp(first, "check") == 0)
        return compile_command(COMMAND_CHECK, arguments + 2, argument_count - 2);
    if (strcmp(first, "run") == 0)
        return compile_command(COMMAND_RUN, arguments + 2, argument_count - 2);
    if (is_command_word(first))
        return fail_usage("there is no command '%s'", first);
    return compile_command(COMMAND_COMPILE, arguments + 1, argument_count - 1);
}
