/* Names in C: see c_name.h. */
#include "compiler/check/c_name.h"

#include <stdlib.h>

/* Sorted. Keywords of C17, C23 and C++ (the header for steps may be included from C++); macros that gcc and clang
 * predefine without an underscore; names of the standard headers; names that generated functions use themselves. */
static const char *const reserved_names[] = {
    "BUFSIZ",
    "CHAR_BIT",
    "CHAR_MAX",
    "CHAR_MIN",
    "EOF",
    "EXIT_FAILURE",
    "EXIT_SUCCESS",
    "FILE",
    "I",
    "INFINITY",
    "INT16_C",
    "INT16_MAX",
    "INT16_MIN",
    "INT32_C",
    "INT32_MAX",
    "INT32_MIN",
    "INT64_C",
    "INT64_MAX",
    "INT64_MIN",
    "INT8_MAX",
    "INT8_MIN",
    "INT_MAX",
    "INT_MIN",
    "LONG_MAX",
    "LONG_MIN",
    "NAN",
    "NULL",
    "RAND_MAX",
    "SIZE_MAX",
    "UINT16_MAX",
    "UINT32_MAX",
    "UINT64_C",
    "UINT64_MAX",
    "UINT8_MAX",
    "UINT_MAX",
    "ULONG_MAX",
    "abort",
    "abs",
    "acos",
    "acosh",
    "alignas",
    "alignof",
    "and",
    "and_eq",
    "arena",
    "asin",
    "asinh",
    "asm",
    "assert",
    "atan",
    "atan2",
    "atanh",
    "atexit",
    "atof",
    "atoi",
    "atol",
    "atoll",
    "auto",
    "bitand",
    "bitor",
    "bool",
    "break",
    "bsearch",
    "called",
    "calloc",
    "case",
    "catch",
    "cbrt",
    "ceil",
    "changed",
    "char",
    "class",
    "clock",
    "close",
    "compl",
    "concept",
    "condition",
    "config",
    "const",
    "const_cast",
    "consteval",
    "constexpr",
    "constinit",
    "continue",
    "copysign",
    "cos",
    "cosh",
    "decltype",
    "default",
    "delete",
    "div",
    "do",
    "double",
    "dynamic_cast",
    "else",
    "enum",
    "environ",
    "erf",
    "erfc",
    "errno",
    "exit",
    "exp",
    "exp2",
    "explicit",
    "expm1",
    "export",
    "extern",
    "fabs",
    "false",
    "fdim",
    "ffs",
    "float",
    "floor",
    "fma",
    "fmax",
    "fmin",
    "fmod",
    "for",
    "frame",
    "free",
    "frexp",
    "friend",
    "gamma",
    "getenv",
    "goto",
    "handler",
    "hypot",
    "i386",
    "if",
    "ilogb",
    "index",
    "inline",
    "int",
    "int16_t",
    "int32_t",
    "int64_t",
    "int8_t",
    "intmax_t",
    "intptr_t",
    "isalnum",
    "isalpha",
    "isfinite",
    "isinf",
    "isnan",
    "j0",
    "j1",
    "jn",
    "labs",
    "ldexp",
    "ldiv",
    "lgamma",
    "linux",
    "llabs",
    "lldiv",
    "llrint",
    "llround",
    "locals",
    "log",
    "log10",
    "log1p",
    "log2",
    "logb",
    "long",
    "lrint",
    "lround",
    "main",
    "malloc",
    "mblen",
    "memchr",
    "memcmp",
    "memcpy",
    "memmove",
    "memset",
    "mktime",
    "modf",
    "mutable",
    "namespace",
    "nan",
    "nearbyint",
    "new",
    "nextafter",
    "noexcept",
    "not",
    "not_eq",
    "nullptr",
    "offsetof",
    "open",
    "operator",
    "or",
    "or_eq",
    "outcome",
    "place",
    "place_2",
    "place_3",
    "place_4",
    "place_5",
    "place_6",
    "place_7",
    "place_8",
    "place_9",
    "pow",
    "printf",
    "private",
    "program",
    "protected",
    "ptrdiff_t",
    "public",
    "putenv",
    "puts",
    "qsort",
    "raise",
    "rand",
    "random",
    "read",
    "reader",
    "realloc",
    "register",
    "reinterpret_cast",
    "remainder",
    "remove",
    "rename",
    "requires",
    "restrict",
    "result",
    "return",
    "rindex",
    "rint",
    "round",
    "run",
    "scalb",
    "scalbn",
    "selected",
    "setenv",
    "short",
    "signal",
    "signed",
    "significand",
    "sin",
    "sinh",
    "size_t",
    "sizeof",
    "snprintf",
    "sprintf",
    "sqrt",
    "srand",
    "srandom",
    "ssize_t",
    "state",
    "static",
    "static_assert",
    "static_cast",
    "stderr",
    "stdin",
    "stdout",
    "step",
    "strcat",
    "strchr",
    "strcmp",
    "strcpy",
    "strdup",
    "strerror",
    "strlen",
    "strncmp",
    "strncpy",
    "strrchr",
    "strstr",
    "strtod",
    "strtok",
    "strtol",
    "struct",
    "switch",
    "system",
    "tan",
    "tanh",
    "template",
    "tgamma",
    "this",
    "thread_local",
    "throw",
    "time",
    "time_t",
    "true",
    "trunc",
    "try",
    "typedef",
    "typeid",
    "typename",
    "typeof",
    "uint16_t",
    "uint32_t",
    "uint64_t",
    "uint8_t",
    "uintmax_t",
    "uintptr_t",
    "union",
    "unix",
    "unlink",
    "unsigned",
    "using",
    "va_arg",
    "va_end",
    "va_list",
    "va_start",
    "virtual",
    "void",
    "volatile",
    "wchar_t",
    "while",
    "write",
    "writer",
    "xor",
    "xor_eq",
    "y0",
    "y1",
    "yn",
};

/* What libdsy's own names begin with; a leading underscore is C's own. */
static const char *const reserved_prefixes[] = { "DSY_", "_", "dsy_" };

/* What the names of generated types begin with. */
static const char *const type_prefixes[] = { "array_", "map_", "optional_" };

static int
compare_names(const void *key, const void *item)
{
    return text_compare(*(const struct text *)key, text_from_string(*(const char *const *)item));
}

static bool
has_prefix(struct text name, const char *const *prefixes, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        if (text_starts_with(name, text_from_string(prefixes[index])))
            return true;
    }
    return false;
}

static bool
is_reserved(struct text name)
{
    if (has_prefix(name, reserved_prefixes, sizeof reserved_prefixes / sizeof reserved_prefixes[0]))
        return true;
    return bsearch(&name, reserved_names, sizeof reserved_names / sizeof reserved_names[0], sizeof reserved_names[0],
                   compare_names) != NULL;
}

struct text
c_name_of(struct arena *arena, struct text name)
{
    if (!is_reserved(name))
        return name;
    /* A leading underscore is C's own at the top level: it needs something before it. */
    if (name.data[0] == '_')
        return text_format(arena, "x%.*s", TEXT_ARGUMENTS(name));
    return text_format(arena, "%.*s_", TEXT_ARGUMENTS(name));
}

struct text
c_name_of_global(struct arena *arena, struct text name)
{
    if (has_prefix(name, type_prefixes, sizeof type_prefixes / sizeof type_prefixes[0]))
        return text_format(arena, "%.*s_", TEXT_ARGUMENTS(name));
    return c_name_of(arena, name);
}

void
c_names_initialise(struct c_names *names, struct arena *arena, const struct c_names *outer)
{
    *names = (struct c_names){ .arena = arena, .outer = outer };
    map_initialise(&names->taken, arena);
}

/* How often a name was wanted; 0 when it is free. Stored as a pointer-sized number in the map. */
static uintptr_t
count_taken(const struct c_names *names, struct text name)
{
    for (const struct c_names *set = names; set != NULL; set = set->outer) {
        void *count = map_get(&set->taken, name);
        if (count != NULL)
            return (uintptr_t)count;
    }
    return 0;
}

struct text
c_names_claim(struct c_names *names, struct text wanted)
{
    uintptr_t number = count_taken(names, wanted);
    if (number == 0) {
        map_put(&names->taken, wanted, (void *)(uintptr_t)1);
        return wanted;
    }
    struct text candidate;
    do {
        number++;
        candidate = text_format(names->arena, "%.*s_%zu", TEXT_ARGUMENTS(wanted), (size_t)number);
    } while (count_taken(names, candidate) != 0);
    map_put(&names->taken, wanted, (void *)number);
    map_put(&names->taken, candidate, (void *)(uintptr_t)1);
    return candidate;
}
