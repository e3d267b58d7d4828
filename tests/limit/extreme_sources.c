/* Sources that are extreme in one way each: nested deep, long, with many of something, with types that double. Each
 * must be compiled or refused with errors, within seconds, whatever its size does to the square.
 *
 *     extreme_sources [NAME…] */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "compiler/base/diagnostic_print.h"
#include "compiler/compile.h"

/* For one source, under sanitizers and on a busy machine; the slowest takes some tenths of a second. */
#define SECONDS_MAX 20

/* head, then `count` times `unit`, then `middle`, then `count` times `closing`, then tail.
 * In what is repeated # is the number of the repetition, @ the next number, & another one, and ~ stands for @. */
struct extreme {
    const char *name, *head, *unit;
    int count;
    const char *middle, *closing, *tail;
};

#define BODY "int f(int a, int b) { "

static const struct extreme extremes[] = {
    { "parentheses", BODY "return ", "(", 100000, "1", ")", "; }" },
    { "open parentheses", BODY "return ", "(", 100000, "", "", "" },
    { "brackets", BODY "var x = ", "[", 100000, "", "]", "; return 1; }" },
    { "negations", "bool f(bool a) { return ", "!", 100000, "a", "", "; }" },
    { "signs", BODY "return ", "- ", 100000, "a", "", "; }" },
    { "conditionals", BODY "return ", "a > b ? a : ", 100000, "b", "", "; }" },
    { "sums", BODY "return ", "a + ", 100000, "b", "", "; }" },
    { "members", BODY "return a", ".x", 100000, "", "", "; }" },
    { "calls", BODY "return ", "f(", 100000, "1", ", 2)", "; }" },
    { "items", BODY "var x = [", "#, ", 100000, "1", "", "]; return x.length; }" },
    { "entries", BODY "var x = [", "\"#\": @, ", 50000, "\"\": 1", "", "]; return x.length; }" },
    { "interpolations in each other", "string f(int a) { return ", "$\"{", 5000, "a", "}\"", "; }" },
    { "interpolations in a row", "string f(int a) { return $\"", "{a} ", 50000, "", "", "\"; }" },
    { "functions of one name", "", "int f() { return 1; }\n", 50000, "", "", "" },
    { "members of one name", "struct S { ", "int a; ", 50000, "", "", "}" },
    { "unknown names", BODY, "x# = 1; ", 50000, "", "", "return 1; }" },
    { "unknown types", "struct S { ", "T# a#; ", 20000, "", "", "}" },
    { "variables", BODY, "int v# = a; ", 30000, "", "", "return a; }" },
    { "awaits", "async int f(int a) { ", "await checkpoint(); ", 20000, "", "", "return a; }" },
    { "awaits with more and more variables", "async int f(int a) { int s = 0; ",
      "int v# = a; await checkpoint(); s += v#; ", 3000, "", "", "return s; }" },
    { "blocks", BODY, "{", 100000, "", "}", "return 1; }" },
    { "ifs", BODY, "if (a > b) ", 100000, "return 1;", "", " return 2; }" },
    { "else ifs", BODY "if (a > b) return 1; ", "else if (a < #) return 2; ", 50000, "", "", "return 3; }" },
    { "loops", BODY, "while (a > 1) ", 50000, "a--;", "", " return 2; }" },
    { "tries", "async int f(int a) { ", "try { ", 250, "await checkpoint();", " } finally { a++; }", " return a; }" },
    { "tries in a row", "async int f(int a) { ", "try { await checkpoint(); } finally { a++; } ", 3000, "", "",
      "return a; }" },
    { "cases", BODY "switch (a) { ", "case #: return @; ", 50000, "default: return 1; }", "", " }" },
    { "cases of one value", BODY "switch (a) { ", "case 1: return 1; ", 50000, "default: return 1; }", "", " }" },
    { "enumerators", "enum E { ", "e#, ", 100000, "", "", "}" },
    { "functions that call each other", "error X { }\n", "int f#(int a) { if (a > 1) throw X{}; return f&(a); }\n",
      20000, "", "", "" },
    { "structs in optionals of each other", "", "struct S# { S&? next; S&[] list; }\n", 20000, "", "", "" },
    { "structs in each other", "", "struct S# { S@ next; }\n", 20000, "struct S20000 { int a; }", "", "" },
    { "structs that double", "", "struct S# { S@ a; S@ b; }\n", 60, "struct S60 { int a; }\n", "",
      "bool f(S0 a, S0 b) { return a == b; }" },
    { "optionals that double", "", "struct S# { S@? a; S@? b; }\n", 60, "struct S60 { int a; }\n", "",
      "bool f(S0 a, S0 b) { return a == b; } service V { async S0 g(S0 s) { await checkpoint(); return s; } }" },
    { "unions that double", "", "union U# { U@ a; U@ b; }\n", 60, "union U60 { int a; }\n", "",
      "bool f(U0 a, U0 b) { return a == b; }" },
    { "constants of constants", "const int c0 = 1;\n", "const int c@ = c# + 1;\n", 50000, "", "", "" },
    { "constants that double", "const string c0 = \"ab\";\n", "const string c@ = $\"{c#}{c#}\";\n", 60, "", "", "" },
    { "imports", "", "import \"no#.dsy\";\n", 20000, "", "", "" },
    { "maps in maps", "struct S { ", "map<int, ", 5000, "int", ">", " a; }" },
    { "arrays of arrays", "struct S { int", "[]", 100000, "", "", " a; }" },
    { "parameters", "int f(", "int a#, ", 20000, "int b", "", ") { return 1; }" },
    { "arguments", "int f(int a) { return f(", "#, ", 20000, "1", "", "); }" },
    { "a name", "int ", "a", 5000000, "", "", "() { return 1; }" },
    { "a comment", "/*", " *", 2000000, "", "", "" },
    { "a string", "const string s = \"", "a", 2000000, "", "", "" },
    { "a number", "const int n = ", "9", 1000000, "", "", ";" },
    { "a decimal", "const decimal n = ", "9", 1000000, "", "", "m;" },
    { "statements of nothing", BODY, ";", 1000000, "", "", " }" },
    { "annotations", "", "@was(\"a\") ", 50000, "", "", "struct S { }" },
    { "thrown errors", "interface I { async void f() throws ", "X#, ", 50000, "Y", "", "; }" },
    { "signs that are none", "", "\001\\`", 100000, "", "", "" },
    { "starts on one line", "async int g(int a) { return a; } async void f(task<int>[] t) { ", "t.push(start g(#)); ",
      20000, "", "", "}" },
    { "tasks in variables", "async int g(int a) { return a; } async int f() { int s = 0; ",
      "task<int> t# = start g(#); s += await t#; ", 5000, "", "", "return s; }" },
    { "tasks in a literal", "async int g(int a) { return a; } async int[] f() { return await all([", "start g(#), ",
      10000, "start g(1)", "", "]); }" },
    { "tasks of tasks", "struct S { ", "task<", 100000, "int", ">", " a; }" },
    { "promises of optionals", "struct S { ", "promise<", 100, "int", ">?[]", " a; }" },
    { "withins", "async void f(task<int> t) { ", "await t within (#s * 2); ", 10000, "", "", "}" },
    { "awaits of awaits", "async void f(task<int> t) { ", "await ", 100000, "t", "", "; }" },
    { "times of a select", "async void f() { select { ", "case after #s: return; ", 10000, "", "", "} }" },
    { "selects in each other", "async void f(task<int> t) { ", "select { case await t: ", 10000, "return;", " }",
      " }" },
    { "selects in each other that fit", "async void f(task<int> t) { ", "select { case await t: ", 100, "return;", " }",
      " }" },
    { "compensations on one line", "extern async void undo(int n); async void f(int a) { ",
      "compensate { await undo(a + #); } ", 10000, "", "", "}" },
    { "too many compensations in each other", "extern async void undo(int n); async void f(int a) { ", "compensate { ",
      10000, "await undo(a);", " }", " }" },
    { "compensations with more and more variables", "extern async void undo(int n); async void f(int a) { ",
      "int v# = a; compensate { await undo(v# + v0 + a); } ", 2000, "", "", "}" },
    { "a compensation of many variables", "async void f(int a) { ",
      "int v# = a; compensate { int w# = v#; await sleep(1s * w#); ", 90, "", " } ", "}" },
    { "too many members of a state", "service K(string id) { ", "state int s#; ", 10000, "", "",
      "async void f() { s0 = 1; } }" },
    { "members of a state that an await ends",
      "service K(string id) { state int v; async int g(int n) { return n; } async int f() { return ",
      "v + await g(v) + ", 60, "1; } }", "", "" },
    { "queries", "service K(int id) { state int v; ", "query int q#() { return v + #; } ", 5000, "", "", "}" },
    { "keyed calls", "service K(int id) { async int f() { int s = 0; ", "s += await K(#).f(); ", 10000, "", "",
      "return s; } }" },
    { "keyed services", "",
      "service K#(string id) { state int v; async void f() { v = await K&(id).g(); } query int g() { return v; } }\n",
      2000, "", "", "" },
    { "keyed calls in each other", "service K(int id) { async int f() { return ", "await K(", 10000, "1", ").f()",
      "; } }" },
    { "uses", "interface I(int id) { async int f(); } service S { ", "use I u#; ", 5000, "", "",
      "async int f() { return await u0(1).f(); } }" },
    { "methods of an interface", "interface I(int id) { ", "async int f#(int a); ", 5000, "} service S(int id) : I { }",
      "", "" },
    { "subscriptions to one event", "event E { int a; } service S { ", "on (E e#) { } ", 10000, "", "", "}" },
    { "subscribers of one event", "event E { int a; }\n", "service S# { on (E e) { } }\n", 3000, "", "", "" },
    { "schedules", "service S { ", "~schedule(\"0 9 * * MON\") async void f#() { } ", 5000, "", "", "}" },
    { "schedules of no time", "service S { ", "~schedule(\"9# * * * *\", zone: \"UTC\") async void f#() { } ", 10000,
      "", "", "}" },
    { "a schedule of many times", "service S { @schedule(\"", "1,", 100000, "2 * * * *\") async void f() { } }", "",
      "" },
    { "steps that are started", "",
      "extern async int s#(int a) ~limit(concurrency: @) ~idempotent; async void f#() { await (start s#(1)); } ", 2000,
      "", "", "" },
    { "publications", "event E { int a; } async void f() { ", "publish E{.a = #}; ", 20000, "", "", "}" },
    { "promises", "async void f() { ", "var p# = promise<int>(); resolve(p#, #); ", 10000, "", "", "}" },
    { "cancels", "async void f(task<int> t) { ", "cancel t; ", 50000, "", "", "}" },
    { "imports of the library", "", "import std.text; ", 20000, "", "", "" },
    { "lines", "", "\n", 5000000, "", "", "int" },
    { "compensations", "async void f(int a) { ", "int v# = a; compensate { int w = v#; await sleep(1s * w); } ", 3000,
      "", "", "}" },
    { "compensations in each other", "async void f(int a) { ", "compensate { ", 200, "await sleep(1s * a);", " }",
      "}" },
    { "starts", "async int g(int n) { return n; } async int f() { task<int>[] all_ = []; ", "all_.push(start g(#));\n",
      20000, "", "", "return (await all(all_)).length; }" },
    { "selects", "async int f(promise<int> p) { int s = 0; ",
      "select { case int v# = await p: s += v#; case after 1s: s += #; } ", 5000, "", "", "return s; }" },
    { "cases of a select", "async int f(promise<int> p) { select { ", "case int v# = await p: return v#; ", 20000, "",
      "", "} }" },
    { "members of a state", "service S(string id) { ", "state int a# = #; ", 1000, "async int f() { int s = 0; ",
      "a# += #; s += a#; ", "return s; } }" },
    { "handles at the end", "", "struct S# { S@? next; S@[] list; }\n", 5000, "struct S5000 { task<int> t; }", "", "" },
    { "handles at the begin", "struct S0 { task<int> t; }\n", "struct S@ { S#? next; S#[] list; }\n", 5000, "", "",
      "" },
    { "events", "", "event E# { int a; } service S# { on (E# e) { publish E&{.a = e.a}; } }\n", 2000, "", "", "" },
    { "routines of a service", "service S { ", "async int r#(int a) { return await r&(a); }\n", 5000, "", "", "}" },
};
enum { EXTREME_COUNT = sizeof extremes / sizeof *extremes };

static const char *current; /* its name */

/* Only what may be called in a signal handler. */
static void
on_alarm(int number)
{
    (void)number;
    static const char message[] = ": takes longer than it may (SECONDS_MAX)\n";
    if (write(STDERR_FILENO, current, strlen(current)) >= 0)
        (void)!write(STDERR_FILENO, message, sizeof message - 1);
    _exit(1);
}

static void
write_repeated(FILE *file, const char *unit, int count)
{
    for (int number = 0; number < count && unit[0] != '\0'; number++) {
        for (const char *next = unit; *next != '\0'; next++) {
            switch (*next) {
            case '#': fprintf(file, "%d", number); break;
            case '@': fprintf(file, "%d", number + 1); break;
            case '&': fprintf(file, "%d", (int)((long)number * 7919 % count)); break;
            case '~': fputc('@', file); break;
            default: fputc(*next, file); break;
            }
        }
    }
}

/* Into memory that has a path. */
static int
write_source(const struct extreme *extreme, char path[64])
{
    int descriptor = memfd_create("extreme", MFD_CLOEXEC);
    FILE *file = descriptor < 0 ? NULL : fdopen(dup(descriptor), "w");
    if (file == NULL)
        return -1;
    fputs(extreme->head, file);
    write_repeated(file, extreme->unit, extreme->count);
    fputs(extreme->middle, file);
    write_repeated(file, extreme->closing, extreme->count);
    fputs(extreme->tail, file);
    snprintf(path, 64, "/proc/self/fd/%d", descriptor);
    return fclose(file) == 0 ? descriptor : -1;
}

static bool
try_extreme(const struct extreme *extreme)
{
    static struct compilation compilation;
    char path[64];
    int descriptor = write_source(extreme, path);
    if (descriptor < 0) {
        perror("extreme_sources");
        return false;
    }
    struct compile_request request = { .path = path, .goal = COMPILE_C };
    clock_t begin = clock();
    current = extreme->name;
    alarm(SECONDS_MAX);
    enum compile_status status = compile(&compilation, &request);
    size_t error_count = compilation.diagnostics.error_count;
    if (setjmp(compilation.out_of_memory) != 0) {
        fprintf(stderr, "extreme_sources: %s: no memory\n", extreme->name);
        return false;
    }
    struct text_builder messages;
    text_builder_initialise(&messages, &compilation.arena);
    diagnostics_print(&messages, &compilation.diagnostics, false);
    alarm(0);
    printf("%8.3f s %8zu KiB  %s: %s, %zu errors\n", (double)(clock() - begin) / CLOCKS_PER_SEC,
           compilation.arena.size_bytes / 1024, extreme->name, status == COMPILE_OK ? "compiled" : "refused",
           error_count);
    bool is_good = status == COMPILE_OK ? error_count == 0 : status == COMPILE_HAS_ERRORS && error_count > 0;
    if (!is_good)
        fprintf(stderr, "extreme_sources: %s: status %d with %zu errors\n", extreme->name, (int)status, error_count);
    compilation_free(&compilation);
    close(descriptor);
    return is_good;
}

static bool
is_wanted(const char *name, int count, char **arguments)
{
    for (int index = 1; index < count; index++)
        if (strcmp(arguments[index], name) == 0)
            return true;
    return count == 1;
}

int
main(int count, char **arguments)
{
    int tried = 0, bad = 0;
    signal(SIGALRM, on_alarm);
    for (size_t index = 0; index < EXTREME_COUNT; index++) {
        if (!is_wanted(extremes[index].name, count, arguments))
            continue;
        tried++;
        bad += !try_extreme(&extremes[index]);
    }
    printf("extreme_sources: %d sources, %d failed\n", tried, bad);
    return tried > 0 && bad == 0 ? 0 : 1;
}
