/* Random expressions: see generate.h.
 *
 * Two rules keep what is made well-typed: an expression has exactly the type that was asked for, wherever it stands
 * (put_expression); and an operator never has constants on all sides, whose result the compiler would compute, and
 * might refuse. */
#include <stdio.h>
#include <string.h>

#include "tests/opinion/generate.h"

/* ---- literals ---- */

static const char *const texts[] = { "\"\"",    "\"a\"",  "\"b\"",        "\"caf\xC3\xA9\"", "\"a,b,c\"",
                                     "\" x \"", "\"12\"", "\"\\\"q\\n\"", "\"-7\"",          "\"Az\"" };
static const char *const doubles[] = { "0.0", "1.5", "-2.25", "1e10", "0.1", "3.0", "1e300", "123456.789" };
static const char *const decimals[] = { "0m", "1.50m", "-3m", "0.001m", "99.99m", "1234567890.123m", "7m" };
static const char *const durations[] = { "0s", "1s", "250ms", "3h", "-5min", "7d" };
static const char *const times[] = { "time(\"1970-01-01T00:00:00Z\")", "time(\"2026-02-28T23:59:59.5Z\")",
                                     "time(\"1969-12-31T23:59:59Z\")" };
static const char *const uuids[] = { "uuid(\"00000000-0000-0000-0000-000000000000\")",
                                     "uuid(\"12345678-9abc-def0-0123-456789abcdef\")" };
static const char *const octets[] = { "b\"\"", "b\"\\x00ab\"", "b\"xyz\"", "b\"\\xff\"" };
static const char *const colors[] = { "Color.Red", "Color.Green", "Color.Blue" };
static const char *const levels[] = { "Level.Low", "Level.Middle", "Level.High" };

#define PUT_ONE(generator, list) put((generator), "%s", (list)[pick((generator), (int)(sizeof(list) / sizeof *(list)))])

static bool
is_integer(const struct kind_type *type)
{
    return type->kind >= KIND_INT8 && type->kind <= KIND_UINT64;
}

static bool
is_unsigned(const struct kind_type *type)
{
    return type->kind >= KIND_UINT8 && type->kind <= KIND_UINT64;
}

static bool
is_ordered(const struct kind_type *type)
{
    return type->kind >= KIND_INT8 && type->kind <= KIND_ENUM;
}

/* Small for the most part; else near a border of the type. */
static void
put_integer(struct generator *generator, const struct kind_type *type)
{
    static const char *const borders[] = {
        [KIND_INT8] = "127",          [KIND_INT16] = "-32768",
        [KIND_INT32] = "2147483647",  [KIND_INT64] = "9223372036854775807",
        [KIND_UINT8] = "255",         [KIND_UINT16] = "65535",
        [KIND_UINT32] = "4294967295", [KIND_UINT64] = "18446744073709551615",
    };
    if (chance(generator, 6))
        put(generator, "%s", borders[type->kind]);
    else if (is_unsigned(type))
        put(generator, "%d", pick(generator, 12));
    else
        put(generator, "%d", pick(generator, 15) - 4);
}

void
put_literal(struct generator *generator, const struct kind_type *type)
{
    switch (type->kind) {
    case KIND_BOOL: put(generator, chance(generator, 50) ? "true" : "false"); break;
    case KIND_INT8:
    case KIND_INT16:
    case KIND_INT32:
    case KIND_INT64:
    case KIND_UINT8:
    case KIND_UINT16:
    case KIND_UINT32:
    case KIND_UINT64: put_integer(generator, type); break;
    case KIND_DOUBLE: PUT_ONE(generator, doubles); break;
    case KIND_DECIMAL: PUT_ONE(generator, decimals); break;
    case KIND_STRING: PUT_ONE(generator, texts); break;
    case KIND_BYTES: PUT_ONE(generator, octets); break;
    case KIND_DURATION: PUT_ONE(generator, durations); break;
    case KIND_TIME: PUT_ONE(generator, times); break;
    case KIND_UUID: PUT_ONE(generator, uuids); break;
    case KIND_ENUM:
        if (strcmp(type->name, "Color") == 0)
            PUT_ONE(generator, colors);
        else
            PUT_ONE(generator, levels);
        break;
    case KIND_STRUCT:
    case KIND_ERROR: put(generator, "%s{}", type->name); break;
    case KIND_UNION:
        put(generator, "%s{.m0 = ", type->name);
        put_literal(generator, type->members[0]);
        put(generator, "}");
        break;
    case KIND_ARRAY: put(generator, "[]"); break;
    case KIND_MAP: put(generator, "[:]"); break;
    case KIND_OPTIONAL: put(generator, "null"); break;
    case KIND_TASK:
    case KIND_PROMISE: break;
    }
}

/* ---- places ---- */

/* How a variable, or something in it, gives a value of a type: the steps from the variable on. */
enum { PATH_STEPS_MAX = 3, PATHS_MAX = 64 };
enum step_kind { STEP_MEMBER, STEP_ELEMENT, STEP_ENTRY, STEP_UNWRAP };

struct path {
    const struct local *local;
    const struct kind_type *reached;
    int step_count;
    int risk; /* steps that may fail */
    struct {
        enum step_kind kind;
        int member;
        const struct kind_type *key;
    } steps[PATH_STEPS_MAX];
};

struct path_list {
    const struct kind_type *wanted;
    int count;
    struct path paths[PATHS_MAX];
};

static void add_paths(struct path_list *list, const struct path *path);

static void
add_step(struct path_list *list, const struct path *path, enum step_kind kind, int member,
         const struct kind_type *reached)
{
    if (path->step_count == PATH_STEPS_MAX)
        return;
    struct path longer = *path;
    longer.steps[longer.step_count].kind = kind;
    longer.steps[longer.step_count].member = member;
    longer.steps[longer.step_count].key = path->reached->key;
    longer.step_count++;
    longer.risk += kind != STEP_MEMBER;
    longer.reached = reached;
    add_paths(list, &longer);
}

static void
add_paths(struct path_list *list, const struct path *path)
{
    const struct kind_type *type = path->reached;
    if (type == list->wanted && list->count < PATHS_MAX)
        list->paths[list->count++] = *path;
    for (int member = 0; type->kind == KIND_STRUCT && member < type->member_count; member++)
        add_step(list, path, STEP_MEMBER, member, type->members[member]);
    if (type->kind == KIND_ARRAY)
        add_step(list, path, STEP_ELEMENT, 0, type->element);
    if (type->kind == KIND_MAP)
        add_step(list, path, STEP_ENTRY, 0, type->element);
    if (type->kind == KIND_OPTIONAL)
        add_step(list, path, STEP_UNWRAP, 0, type->element);
}

static void
put_index(struct generator *generator, int depth)
{
    if (chance(generator, 80))
        put(generator, "%d", pick(generator, 2));
    else
        put_expression(generator, generator->integer, depth);
}

static void
put_path(struct generator *generator, const struct path *path, int depth)
{
    put(generator, "%s", path->local->name);
    for (int index = 0; index < path->step_count; index++) {
        switch (path->steps[index].kind) {
        case STEP_MEMBER: put(generator, ".m%d", path->steps[index].member); break;
        case STEP_ELEMENT:
            put(generator, "[");
            put_index(generator, depth);
            put(generator, "]");
            break;
        case STEP_ENTRY:
            put(generator, "[");
            if (chance(generator, 70))
                put_literal(generator, path->steps[index].key);
            else
                put_expression(generator, path->steps[index].key, depth);
            put(generator, "]");
            break;
        case STEP_UNWRAP: put(generator, "!"); break;
        }
    }
}

/* is_place: it is to be changed. */
static bool
put_found(struct generator *generator, const struct kind_type *type, bool is_place, int depth)
{
    struct path_list list = { .wanted = type };
    for (int index = 0; index < generator->local_count; index++) {
        const struct local *local = &generator->locals[index];
        if (!(is_place && local->is_fixed))
            add_paths(&list, &(struct path){ .local = local, .reached = local->type });
    }
    if (list.count == 0)
        return false;
    const struct path *path = &list.paths[pick(generator, list.count)];
    for (int try = 0; try < path->risk; try++) /* what may fail comes less often */
        path = &list.paths[pick(generator, list.count)];
    put_path(generator, path, depth - 1);
    return true;
}

bool
put_place(struct generator *generator, const struct kind_type *type, int depth)
{
    return put_found(generator, type, true, depth);
}

/* ---- values that the compiler does not know ---- */

void
put_dynamic(struct generator *generator, const struct kind_type *type, int depth)
{
    if (chance(generator, 75) && put_found(generator, type, false, depth))
        return;
    if (generator->is_async && chance(generator, 30))
        put(generator, chance(generator, 75) ? "(await pass_%d(" : "(await Echo.echo_%d(", type->number);
    else
        put(generator, "(same_%d(", type->number);
    put_typed(generator, type, depth - 1);
    put(generator, "))");
}

void
put_call(struct generator *generator, const struct made_function *function, int depth)
{
    put(generator, function->is_async ? "(await %s%s(" : "(%s%s(", function->prefix, function->name);
    bool is_named = function->parameter_count > 1 && chance(generator, 25);
    for (int index = 0; index < function->parameter_count; index++) {
        int parameter = is_named ? function->parameter_count - 1 - index : index;
        if (index > 0)
            put(generator, ", ");
        if (is_named)
            put(generator, "p%d: ", parameter);
        if (function->is_recursive && parameter == 0)
            put(generator, function == generator->self ? "p0 - 1" : "%d", 1 + pick(generator, 4));
        else
            put_typed(generator, function->parameters[parameter], depth - 1);
    }
    put(generator, "))");
}

static bool
put_some_call(struct generator *generator, const struct kind_type *type, int depth)
{
    int start = generator->function_count > 0 ? pick(generator, generator->function_count) : 0;
    for (int step = 0; step < generator->function_count; step++) {
        const struct made_function *function = &generator->functions[(start + step) % generator->function_count];
        if (function->result != type || (function->is_async && !generator->is_async) || generator->loop_depth > 1)
            continue;
        put_call(generator, function, depth);
        return true;
    }
    return false;
}

/* ---- operators ---- */

static void
put_binary(struct generator *generator, const struct kind_type *left, const char *operator,
           const struct kind_type * right, int depth)
{
    put(generator, "(");
    put_dynamic(generator, left, depth - 1);
    put(generator, " %s ", operator);
    put_expression(generator, right, depth - 1);
    put(generator, ")");
}

static void
put_arithmetic(struct generator *generator, const struct kind_type *type, int depth)
{
    static const char *const operators[] = { "+", "-", "*", "+", "-", "/", "%", "&", "|", "^" };
    const char *operator= operators[pick(generator, is_integer(type) ? 10 : 7)];
    if (is_integer(type) && chance(generator, 8)) {
        put(generator, "(");
        put_dynamic(generator, type, depth - 1);
        put(generator, chance(generator, 50) ? " << " : " >> ");
        if (chance(generator, 70))
            put(generator, "%d)", pick(generator, 8));
        else {
            put_dynamic(generator, generator->integer, depth - 1);
            put(generator, ")");
        }
        return;
    }
    if (chance(generator, 20)) {
        put(generator, "(");
        put_dynamic(generator, type, depth - 1);
        put(generator, " %s ", operator);
        if (is_integer(type))
            put(generator, "%d)", 1 + pick(generator, 9));
        else
            put(generator, type->kind == KIND_DOUBLE ? "2.5)" : "3m)");
        return;
    }
    if (*operator!= '/' && * operator!= '%') {
        put_binary(generator, type, operator, type, depth);
        return;
    }
    put(generator, "(");
    put_dynamic(generator, type, depth - 1);
    put(generator, " %s ", operator);
    put_dynamic(generator, type, depth - 1); /* a constant zero would be refused */
    put(generator, ")");
}

static void
put_comparison(struct generator *generator, int depth)
{
    static const char *const operators[] = { "==", "!=", "<", "<=", ">", ">=" };
    const struct kind_type *type = pick_type(generator);
    put_binary(generator, type, operators[pick(generator, is_ordered(type) ? 6 : 2)], type, depth);
}

static const struct kind_type *
some_of(struct generator *generator, enum kind kind)
{
    int start = pick(generator, generator->type_count);
    for (int step = 0; step < generator->type_count; step++) {
        const struct kind_type *type = &generator->types[(start + step) % generator->type_count];
        if (type->kind == kind)
            return type;
    }
    return generator->integer;
}

static void
put_boolean(struct generator *generator, int depth)
{
    const struct kind_type *type;
    switch (pick(generator, 10)) {
    case 0:
    case 1:
    case 2: put_comparison(generator, depth); break;
    case 3:
    case 4:
        put_binary(generator, generator->boolean, chance(generator, 50) ? "&&" : "||", generator->boolean, depth);
        break;
    case 5:
        put(generator, "(!");
        put_dynamic(generator, generator->boolean, depth - 1);
        put(generator, ")");
        break;
    case 6:
        put(generator, "(");
        put_dynamic(generator, some_of(generator, KIND_OPTIONAL), depth - 1);
        put(generator, chance(generator, 50) ? " == null)" : " != null)");
        break;
    case 7:
        type = some_of(generator, KIND_ARRAY);
        put_dynamic(generator, type, depth - 1);
        put(generator, ".contains(");
        put_typed(generator, type->element, depth - 1);
        put(generator, ")");
        break;
    case 8:
        type = some_of(generator, KIND_MAP);
        put_dynamic(generator, type, depth - 1);
        put(generator, ".has(");
        put_typed(generator, type->key, depth - 1);
        put(generator, ")");
        break;
    default: {
        static const char *const methods[] = { "contains", "starts_with", "ends_with" };
        put_dynamic(generator, generator->string, depth - 1);
        put(generator, ".%s(", methods[pick(generator, 3)]);
        put_expression(generator, generator->string, depth - 1);
        put(generator, ")");
        break;
    }
    }
}

static void
put_length(struct generator *generator, int depth)
{
    static const enum kind kinds[] = { KIND_STRING, KIND_ARRAY, KIND_MAP, KIND_BYTES };
    put_dynamic(generator, some_of(generator, kinds[pick(generator, 4)]), depth - 1);
    put(generator, ".length");
}

static void
put_conversion(struct generator *generator, const struct kind_type *type, int depth)
{
    static const enum kind sources[] = { KIND_INT64, KIND_STRING, KIND_DOUBLE, KIND_DECIMAL,
                                         KIND_UINT8, KIND_INT32,  KIND_UINT64 };
    const struct kind_type *source = &generator->types[sources[pick(generator, 7)]];
    put(generator, "%s(", type->name);
    put_dynamic(generator, source, depth - 1);
    put(generator, ")");
}

static void
put_number(struct generator *generator, const struct kind_type *type, int depth)
{
    bool is_int = type == generator->integer;
    switch (pick(generator, 9)) {
    case 0:
        if (is_int) {
            put_length(generator, depth);
            break;
        } /* fall through */
    case 1:
        if (is_int && chance(generator, 50)) {
            put(generator, "native_mix(");
            put_expression(generator, type, depth - 1);
            put(generator, ", ");
            put_expression(generator, type, depth - 1);
            put(generator, ")");
            break;
        } /* fall through */
    case 2: put_conversion(generator, type, depth); break;
    case 3:
        if (is_int && generator->is_async) {
            put(generator, "(await step_number(");
            put_expression(generator, type, depth - 1);
            put(generator, "))");
            break;
        } /* fall through */
    case 4:
        if (!is_unsigned(type)) {
            put(generator, "(-");
            put_dynamic(generator, type, depth - 1);
            put(generator, ")");
            break;
        } /* fall through */
    case 5:
        if (is_int && chance(generator, 40)) {
            bool is_enum = chance(generator, 50);
            put_dynamic(generator, some_of(generator, is_enum ? KIND_ENUM : KIND_DURATION), depth - 1);
            put(generator, is_enum ? ".value" : ".seconds");
            break;
        } /* fall through */
    default: put_arithmetic(generator, type, depth); break;
    }
}

/* ---- texts and times ---- */

static void
put_interpolation(struct generator *generator, int depth)
{
    put(generator, "$\"");
    for (int index = 0; index < 2; index++) {
        const struct kind_type *type = pick_type(generator);
        put(generator, "%s{", index == 0 ? "" : " ");
        /* A string within braces would need quotes within quotes: only what has none. */
        size_t begin = generator->size_bytes;
        put_dynamic(generator, type, depth - 1);
        if (memchr(generator->text + begin, '"', generator->size_bytes - begin) != NULL) {
            generator->size_bytes = begin;
            put(generator, "native_mix(%d, %d)", pick(generator, 9), pick(generator, 9));
        }
        put(generator, "}");
    }
    put(generator, "\"");
}

static void
put_string(struct generator *generator, int depth)
{
    const struct kind_type *string = generator->string;
    switch (pick(generator, 10)) {
    case 0:
    case 1: put_interpolation(generator, depth); break;
    case 2: put_binary(generator, string, "+", string, depth); break;
    case 3:
        put(generator, "string(");
        put_dynamic(generator, pick_type(generator), depth - 1);
        put(generator, ")");
        break;
    case 4:
        put_dynamic(generator, string, depth - 1);
        put(generator, ".slice(%d, %d)", pick(generator, 3), 1 + pick(generator, 4));
        break;
    case 5:
        put_dynamic(generator, string, depth - 1);
        put(generator, ".replace(");
        put_expression(generator, string, depth - 1);
        put(generator, ", ");
        put_expression(generator, string, depth - 1);
        put(generator, ")");
        break;
    case 6:
        put_dynamic(generator, string, depth - 1);
        put(generator, chance(generator, 40) ? ".trim()" : chance(generator, 50) ? ".upper()" : ".lower()");
        break;
    case 7:
        put_dynamic(generator, generator->strings, depth - 1);
        put(generator, ".join(");
        put_expression(generator, string, depth - 1);
        put(generator, ")");
        break;
    case 8:
        if (generator->is_async) {
            put(generator, "(await step_text(");
            put_expression(generator, string, depth - 1);
            put(generator, ", ");
            put_expression(generator, generator->integer, depth - 1);
            put(generator, "))");
            break;
        } /* fall through */
    default:
        put_dynamic(generator, some_of(generator, KIND_ENUM), depth - 1);
        put(generator, ".name");
        break;
    }
}

static void
put_time(struct generator *generator, const struct kind_type *type, int depth)
{
    const struct kind_type *duration = &generator->types[KIND_DURATION];
    bool is_time = type->kind == KIND_TIME;
    switch (pick(generator, is_time ? 2 : 4)) {
    case 0: put_binary(generator, type, "+", duration, depth); break;
    case 1: put_binary(generator, type, "-", duration, depth); break;
    case 2:
        put(generator, "(");
        put_dynamic(generator, type, depth - 1);
        put(generator, chance(generator, 50) ? " * " : " / ");
        put_dynamic(generator, generator->integer, depth - 1);
        put(generator, ")");
        break;
    default: put_binary(generator, &generator->types[KIND_TIME], "-", &generator->types[KIND_TIME], depth); break;
    }
}

/* ---- values with parts ---- */

static void
put_structure(struct generator *generator, const struct kind_type *type, int depth)
{
    put(generator, "%s{", type->name);
    int start = pick(generator, type->member_count);
    bool is_first = true;
    for (int step = 0; step < type->member_count; step++) {
        int member = (start + step) % type->member_count;
        if (chance(generator, 20))
            continue;
        put(generator, is_first ? ".m%d = " : ", .m%d = ", member);
        put_typed(generator, type->members[member], depth - 1);
        is_first = false;
    }
    put(generator, "}");
}

static void
put_union(struct generator *generator, const struct kind_type *type, int depth)
{
    int variant = pick(generator, type->member_count);
    put(generator, "%s{.m%d = ", type->name, variant);
    if (type->members[variant] == NULL)
        put(generator, "null");
    else
        put_typed(generator, type->members[variant], depth - 1);
    put(generator, "}");
}

static void
put_list(struct generator *generator, const struct kind_type *type, int depth)
{
    int count = 1 + pick(generator, 3);
    put(generator, "[");
    for (int index = 0; index < count; index++) {
        if (index > 0)
            put(generator, ", ");
        if (type->kind == KIND_MAP) {
            put_expression(generator, type->key, depth - 1);
            put(generator, ": ");
        }
        put_expression(generator, type->element, depth - 1);
    }
    put(generator, "]");
}

static void
put_array(struct generator *generator, const struct kind_type *type, int depth)
{
    const struct kind_type *map = find_kind(generator, KIND_MAP, type->element);
    switch (pick(generator, 6)) {
    case 0: put_binary(generator, type, "+", type, depth); break;
    case 1:
        put_dynamic(generator, type, depth - 1);
        put(generator, ".slice(%d, %d)", pick(generator, 2), 1 + pick(generator, 2));
        break;
    case 2:
        if (map != NULL) {
            put_dynamic(generator, map, depth - 1);
            put(generator, ".values()");
            break;
        } /* fall through */
    case 3:
        if (type == generator->strings) {
            put_dynamic(generator, generator->string, depth - 1);
            put(generator, ".split(");
            put_expression(generator, generator->string, depth - 1);
            put(generator, ")");
            break;
        } /* fall through */
    default: put_list(generator, type, depth); break;
    }
}

/* a?.member and the like; false where there is nothing of the kind. */
static bool
put_chain(struct generator *generator, const struct kind_type *type, int depth)
{
    for (int index = 0; index < generator->type_count; index++) {
        const struct kind_type *optional = &generator->types[index];
        if (optional->kind != KIND_OPTIONAL || optional->element->kind != KIND_STRUCT)
            continue;
        for (int member = 0; member < optional->element->member_count; member++) {
            if (optional->element->members[member] != type->element)
                continue;
            put(generator, "(");
            put_dynamic(generator, optional, depth - 1);
            put(generator, "?.m%d)", member);
            return true;
        }
    }
    return false;
}

static void
put_optional(struct generator *generator, const struct kind_type *type, int depth)
{
    const struct kind_type *map = find_kind(generator, KIND_MAP, type->element);
    switch (pick(generator, 5)) {
    case 0:
        if (map != NULL) {
            put_dynamic(generator, map, depth - 1);
            put(generator, ".get(");
            put_typed(generator, map->key, depth - 1);
            put(generator, ")");
            return;
        } /* fall through */
    case 1:
        if (put_chain(generator, type, depth))
            return; /* fall through */
    case 2:
        if (type->element == generator->string) {
            put(generator, "(");
            put_dynamic(generator, type, depth - 1);
            put(generator, "?.replace(\"a\", ");
            put_expression(generator, generator->string, depth - 1);
            put(generator, "))");
            return;
        } /* fall through */
    case 3:
        if (type->element == generator->integer) {
            put_dynamic(generator, generator->string, depth - 1);
            put(generator, ".find(");
            put_expression(generator, generator->string, depth - 1);
            put(generator, ")");
            return;
        } /* fall through */
    default: put_dynamic(generator, type, depth - 1); return;
    }
}

/* ---- any type ---- */

/* An expression of the kind that only this type has. */
static void
put_own(struct generator *generator, const struct kind_type *type, int depth)
{
    switch (type->kind) {
    case KIND_BOOL: put_boolean(generator, depth); break;
    case KIND_INT8:
    case KIND_INT16:
    case KIND_INT32:
    case KIND_INT64:
    case KIND_UINT8:
    case KIND_UINT16:
    case KIND_UINT32:
    case KIND_UINT64:
    case KIND_DOUBLE:
    case KIND_DECIMAL: put_number(generator, type, depth); break;
    case KIND_STRING: put_string(generator, depth); break;
    case KIND_BYTES: put_binary(generator, type, "+", type, depth); break;
    case KIND_DURATION:
    case KIND_TIME: put_time(generator, type, depth); break;
    case KIND_UUID:
    case KIND_ENUM: put_dynamic(generator, type, depth); break;
    case KIND_STRUCT:
    case KIND_ERROR: put_structure(generator, type, depth); break;
    case KIND_UNION: put_union(generator, type, depth); break;
    case KIND_ARRAY: put_array(generator, type, depth); break;
    case KIND_MAP: put_list(generator, type, depth); break;
    case KIND_OPTIONAL: put_optional(generator, type, depth); break;
    case KIND_TASK:
    case KIND_PROMISE: break;
    }
}

void
put_condition(struct generator *generator, int depth)
{
    if (chance(generator, 30))
        put_dynamic(generator, generator->boolean, depth);
    else
        put_boolean(generator, depth > 1 ? depth : 1);
}

/* ---- tasks and keyed services ---- */

void
put_start(struct generator *generator, const struct kind_type *type, int depth)
{
    for (int try = 0; try < 3 && generator->function_count > 0; try++) {
        const struct made_function *function = &generator->functions[pick(generator, generator->function_count)];
        if (function->result != type || !function->is_async)
            continue;
        size_t begin = generator->size_bytes;
        put_call(generator, function, depth);
        /* "(await f(…))" to "(start f(…))": both words have five letters. */
        memcpy(generator->text + begin, "(start", 6);
        return;
    }
    put(generator, chance(generator, 60) ? "(start pass_%d(" : "(start Echo.echo_%d(", type->number);
    put_typed(generator, type, depth - 1);
    put(generator, "))");
}

void
put_ledger(struct generator *generator, int depth)
{
    static const char *const keys[] = { "\"a\"", "\"b\"", "\"\"" };
    put(generator, "Ledger(");
    if (chance(generator, 75))
        PUT_ONE(generator, keys);
    else
        put_expression(generator, generator->string, depth - 1);
    put(generator, ").note(");
    put_expression(generator, generator->string, depth - 1);
    put(generator, ")");
}

static void
put_within(struct generator *generator)
{
    if (chance(generator, 25))
        put(generator, chance(generator, 50) ? " within 1h" : " within (1min * 2)");
}

/* A value that comes from a task or a promise. Returns false where none can. */
static bool
put_awaited(struct generator *generator, const struct kind_type *type, int depth)
{
    const struct kind_type *element = type->kind == KIND_ARRAY ? type->element : NULL;
    int start = generator->local_count > 0 ? pick(generator, generator->local_count) : 0;
    for (int step = 0; step < generator->local_count; step++) {
        const struct local *local = &generator->locals[(start + step) % generator->local_count];
        if ((local->type->kind != KIND_TASK && local->type->kind != KIND_PROMISE) || local->type->element != type)
            continue;
        put(generator, "(await %s", local->name);
        put_within(generator);
        put(generator, ")");
        return true;
    }
    if (type == generator->integer && chance(generator, 50)) {
        put(generator, "(await ");
        put_ledger(generator, depth);
        put_within(generator);
        put(generator, ")");
        return true;
    }
    const struct kind_type *started = element != NULL && chance(generator, 70) ? element : type;
    put(generator, started == element ? "(await all([" : "(await any([");
    for (int index = 0, count = 1 + pick(generator, 2); index <= count; index++) {
        put(generator, index > 0 ? ", " : "");
        put_start(generator, started, depth - 1);
    }
    put(generator, "])");
    put_within(generator);
    put(generator, ")");
    return true;
}

/* A literal that says its type itself. */
static void
put_exact_literal(struct generator *generator, const struct kind_type *type)
{
    bool needs_type = (is_integer(type) && type->kind != KIND_INT64) || type->kind >= KIND_ARRAY;
    if (type->kind >= KIND_ARRAY)
        put(generator, "same_%d(", type->number);
    else if (needs_type)
        put(generator, "%s(", type->name);
    put_literal(generator, type);
    if (needs_type)
        put(generator, ")");
}

static bool
put_taken(struct generator *generator, const struct kind_type *type, int depth)
{
    const struct kind_type *array = find_kind(generator, KIND_ARRAY, type);
    if (array == NULL || generator->loop_depth > 1)
        return false;
    if (!put_place(generator, array, depth - 1))
        return false;
    if (chance(generator, 60))
        put(generator, ".pop()");
    else
        put(generator, ".remove(%d)", pick(generator, 2));
    return true;
}

void
put_expression(struct generator *generator, const struct kind_type *type, int depth)
{
    if (depth <= 0) {
        if (!chance(generator, 65) || !put_found(generator, type, false, 0))
            put_exact_literal(generator, type);
        return;
    }
    int choice = pick(generator, 100);
    if (generator->is_wide && generator->is_async && generator->loop_depth < 2 && type->kind != KIND_ERROR &&
        chance(generator, 15) && put_awaited(generator, type, depth))
        return;
    if (choice < 14 && generator->is_async) {
        put(generator, chance(generator, 80) ? "(await pass_%d(" : "(await Echo.echo_%d(", type->number);
        put_typed(generator, type, depth - 1);
        put(generator, "))");
    } else if (choice < 32 && put_found(generator, type, false, depth)) {
        return;
    } else if (choice < 40 && put_some_call(generator, type, depth)) {
        return;
    } else if (choice < 46) {
        put(generator, "(");
        put_condition(generator, depth - 1);
        put(generator, " ? ");
        put_expression(generator, type, depth - 1);
        put(generator, " : ");
        put_expression(generator, type, depth - 1);
        put(generator, ")");
    } else if (choice < 52 && type->kind != KIND_OPTIONAL && find_kind(generator, KIND_OPTIONAL, type) != NULL) {
        put(generator, "(");
        put_dynamic(generator, find_kind(generator, KIND_OPTIONAL, type), depth - 1);
        put(generator, " ?? ");
        put_expression(generator, type, depth - 1);
        put(generator, ")");
    } else if (choice < 57 && put_taken(generator, type, depth)) {
        return;
    } else if (choice < 66) {
        put_exact_literal(generator, type);
    } else {
        put_own(generator, type, depth);
    }
}

void
put_typed(struct generator *generator, const struct kind_type *type, int depth)
{
    if (depth <= 0 || chance(generator, 12)) {
        if (chance(generator, 50) || !put_found(generator, type, false, 0))
            put_literal(generator, type);
        return;
    }
    if ((type->kind == KIND_ARRAY || type->kind == KIND_MAP) && chance(generator, 50)) {
        put_list(generator, type, depth);
        return;
    }
    const struct kind_type *element = type->kind == KIND_OPTIONAL ? type->element : NULL;
    put_expression(generator, element != NULL && chance(generator, 60) ? element : type, depth);
}
