/* Random statements, functions and programs: see generate.h.
 *
 * Programs end: loops count a variable that nothing else changes, or go through what there was at their beginning;
 * functions call only those before them, or themselves with a smaller number. Each logs what it does in a text. */
#include <stdio.h>
#include <string.h>

#include "tests/opinion/generate.h"

enum { LOOPS_MAX = 2 };

/* How deep the next expression may be. */
#define EXPRESSION_DEPTH (generator->is_large ? 2 + chance(generator, 25) : 1 + chance(generator, 12))

static void put_block(struct generator *generator, int statements);
static void put_statement(struct generator *generator);

/* ---- variables ---- */

static bool
is_name_taken(const struct generator *generator, const char *name)
{
    for (int index = 0; index < generator->local_count; index++) {
        if (strcmp(generator->locals[index].name, name) == 0)
            return true;
    }
    return false;
}

/* The first free name: blocks beside each other use the same ones. */
struct local *
add_local(struct generator *generator, const struct kind_type *type)
{
    struct local *local = &generator->locals[generator->local_count];
    *local = (struct local){ .type = type };
    for (int number = 0; number == 0 || is_name_taken(generator, local->name); number++)
        snprintf(local->name, sizeof local->name, "v%d", number);
    generator->local_count++;
    return local;
}

static bool
has_room(const struct generator *generator)
{
    return generator->local_count < LOCALS_MAX - 8;
}

static void
put_declaration(struct generator *generator)
{
    const struct kind_type *type = pick_type(generator);
    put(generator, "%s ", type->name);
    size_t name = generator->size_bytes;
    put(generator, " = ");
    put_typed(generator, type, EXPRESSION_DEPTH);
    put(generator, ";");
    /* The name comes in sight behind its value. */
    const struct local *local = add_local(generator, type);
    size_t length = strlen(local->name);
    put(generator, "%*s", (int)length, "");
    memmove(generator->text + name + length, generator->text + name, generator->size_bytes - name - length);
    memcpy(generator->text + name, local->name, length);
}

/* A variable of this kind that may be changed; NULL if there is none. */
static const struct local *
some_local(struct generator *generator, enum kind kind, bool is_changed)
{
    int start = generator->local_count > 0 ? pick(generator, generator->local_count) : 0;
    for (int step = 0; step < generator->local_count; step++) {
        const struct local *local = &generator->locals[(start + step) % generator->local_count];
        if (local->type->kind == kind && !(is_changed && local->is_fixed))
            return local;
    }
    return NULL;
}

/* ---- simple statements ---- */

static void
put_log(struct generator *generator)
{
    put(generator, "trail += ");
    if (chance(generator, 50)) {
        put(generator, "string(");
        put_dynamic(generator, pick_type(generator), EXPRESSION_DEPTH);
        put(generator, ") + \";\";");
    } else {
        put_expression(generator, generator->string, EXPRESSION_DEPTH);
        put(generator, ";");
    }
}

static bool
put_assignment(struct generator *generator)
{
    const struct kind_type *type = pick_type(generator);
    if (!put_place(generator, type, EXPRESSION_DEPTH))
        return false;
    static const char *const operators[] = { "+=", "-=", "*=", "/=", "%=", "+=", "-=" };
    bool is_number = type->kind >= KIND_INT8 && type->kind <= KIND_DECIMAL;
    bool is_joined = type->kind == KIND_BYTES || type->kind == KIND_ARRAY;
    if (is_number && chance(generator, 15)) {
        put(generator, chance(generator, 50) ? "++;" : "--;");
        return true;
    }
    if (is_number && chance(generator, 45))
        put(generator, " %s ", operators[pick(generator, 7)]);
    else
        put(generator, is_joined && generator->loop_depth == 0 && chance(generator, 40) ? " += " : " = ");
    if (is_number)
        put_dynamic(generator, type, EXPRESSION_DEPTH);
    else
        put_typed(generator, type, EXPRESSION_DEPTH);
    put(generator, ";");
    return true;
}

/* Changes an array or a map in place. */
static bool
put_change(struct generator *generator)
{
    const struct kind_type *type = &generator->types[pick(generator, generator->type_count)];
    if (type->kind != KIND_ARRAY && type->kind != KIND_MAP)
        return false;
    if (!put_place(generator, type, EXPRESSION_DEPTH))
        return false;
    bool is_ordered = type->element->kind >= KIND_INT8 && type->element->kind <= KIND_ENUM;
    int choice = pick(generator, 10);
    if (type->kind == KIND_MAP) {
        put(generator, choice < 8 ? ".remove(" : ".clear();");
        if (choice < 8) {
            put_typed(generator, type->key, EXPRESSION_DEPTH - 1);
            put(generator, ");");
        }
    } else if (choice < 5) {
        put(generator, ".push(");
        put_typed(generator, type->element, EXPRESSION_DEPTH);
        put(generator, ");");
    } else if (choice < 7) {
        put(generator, ".insert(");
        put_expression(generator, generator->integer, 1);
        put(generator, ", ");
        put_typed(generator, type->element, EXPRESSION_DEPTH - 1);
        put(generator, ");");
    } else {
        put(generator, choice == 7 ? ".reverse();" : choice == 8 && is_ordered ? ".sort();" : ".pop();");
    }
    return true;
}

static void
put_await(struct generator *generator)
{
    switch (pick(generator, 4)) {
    case 0: put(generator, "await checkpoint();"); break;
    case 1:
        put(generator, "await sleep(");
        put_expression(generator, find_kind(generator, KIND_DURATION, NULL), 2);
        put(generator, ");");
        break;
    default: {
        const struct kind_type *type = pick_type(generator);
        put(generator, "await pass_%d(", type->number);
        put_typed(generator, type, EXPRESSION_DEPTH);
        put(generator, ");");
        break;
    }
    }
}

static void
put_leave(struct generator *generator)
{
    int choice = pick(generator, 6);
    if (chance(generator, 80)) {
        put(generator, "if (");
        put_condition(generator, EXPRESSION_DEPTH - 1);
        put(generator, ") ");
    }
    if (choice == 0 && generator->can_break)
        put(generator, "break;");
    else if (choice == 1 && generator->can_continue)
        put(generator, "continue;");
    else if (choice == 2 && generator->can_rethrow)
        put(generator, "throw;");
    else if (choice <= 3 && generator->can_return) {
        put(generator, "return ");
        put_typed(generator, generator->result, EXPRESSION_DEPTH);
        put(generator, ";");
    } else {
        put(generator, "throw ");
        put_expression(generator, generator->errors[1 + pick(generator, 2)], EXPRESSION_DEPTH);
        put(generator, ";");
    }
}

/* ---- compound statements ---- */

/* A block in which a variable is narrowed, or bound, until its end. */
static void
put_block_with(struct generator *generator, int statements, const struct local *narrowed)
{
    int count = generator->local_count;
    if (narrowed != NULL) {
        struct local *same = &generator->locals[narrowed - generator->locals];
        struct local before = *same;
        same->type = before.type->element;
        same->is_fixed = true;
        put_block(generator, statements);
        *same = before;
    } else {
        put_block(generator, statements);
    }
    generator->local_count = count;
}

static void
put_if(struct generator *generator)
{
    const struct local *optional = chance(generator, 30) ? some_local(generator, KIND_OPTIONAL, false) : NULL;
    if (optional != NULL && optional->name[0] == 's') /* state: every await ends it */
        optional = NULL;
    put(generator, "if (");
    if (optional != NULL)
        put(generator, "%s != null) ", optional->name);
    else {
        put_condition(generator, EXPRESSION_DEPTH);
        put(generator, ") ");
    }
    put_block_with(generator, 1 + pick(generator, 3), optional);
    if (chance(generator, 45)) {
        put(generator, " else ");
        put_block(generator, 1 + pick(generator, 2));
    }
}

static void
put_loop_body(struct generator *generator, int statements)
{
    bool could_break = generator->can_break, could_continue = generator->can_continue;
    generator->can_break = generator->can_continue = true;
    generator->loop_depth++;
    put_block(generator, statements);
    generator->loop_depth--;
    generator->can_break = could_break;
    generator->can_continue = could_continue;
}

static void
put_for_items(struct generator *generator)
{
    int count = generator->local_count;
    const struct kind_type *type;
    do
        type = &generator->types[pick(generator, generator->type_count)];
    while (type->kind != KIND_ARRAY && type->kind != KIND_MAP);
    size_t begin = generator->size_bytes;
    put_expression(generator, type, EXPRESSION_DEPTH - 1);
    /* Written already, so that it can't name the variables, which stand before it. */
    char value[2048];
    size_t length = generator->size_bytes - begin;
    if (length >= sizeof value)
        length = 0;
    memcpy(value, generator->text + begin, length);
    value[length] = '\0';
    generator->size_bytes = begin;
    if (length == 0)
        snprintf(value, sizeof value, "same_%d(%s)", type->number, type->kind == KIND_MAP ? "[:]" : "[]");
    put(generator, "for (");
    if (type->kind == KIND_MAP) {
        const char *name = add_local(generator, type->key)->name;
        put(generator, "%s %s, ", type->key->name, name);
    }
    const char *name = add_local(generator, type->element)->name;
    put(generator, "%s %s : %s) ", type->element->name, name, value);
    put_loop_body(generator, 1 + pick(generator, 3));
    generator->local_count = count;
}

static void
put_for_range(struct generator *generator)
{
    int count = generator->local_count;
    char limit[2048] = "";
    if (chance(generator, 30)) {
        size_t begin = generator->size_bytes;
        put(generator, "(");
        put_dynamic(generator, generator->integer, 2);
        put(generator, " %% 5)");
        if (generator->size_bytes - begin < sizeof limit) {
            memcpy(limit, generator->text + begin, generator->size_bytes - begin);
            limit[generator->size_bytes - begin] = '\0';
        }
        generator->size_bytes = begin;
    }
    if (limit[0] == '\0')
        snprintf(limit, sizeof limit, "%d", 1 + pick(generator, 4));
    const char *name = add_local(generator, generator->integer)->name;
    put(generator, "for (int %s : %d..%s) ", name, pick(generator, 2), limit);
    put_loop_body(generator, 1 + pick(generator, 3));
    generator->local_count = count;
}

/* while, do, for with a counter that nothing else changes. */
static void
put_while(struct generator *generator)
{
    int count = generator->local_count;
    struct local *counter = add_local(generator, generator->integer);
    counter->is_fixed = true;
    const char *name = counter->name;
    int limit = 1 + pick(generator, 4), form = pick(generator, 3);
    if (form == 0) {
        put(generator, "for (int %s = 0; %s < %d && ", name, name, limit);
        put_condition(generator, EXPRESSION_DEPTH - 1);
        if (generator->is_async && chance(generator, 40))
            put(generator, "; %s += (await pass_%d(1))) ", name, generator->integer->number);
        else
            put(generator, "; %s++) ", name);
        put_loop_body(generator, 1 + pick(generator, 3));
        generator->local_count = count;
        return;
    }
    put(generator, "int %s = 0;", name);
    put_line(generator);
    if (form == 1) {
        put(generator, "while (%s < %d && ", name, limit);
        put_condition(generator, EXPRESSION_DEPTH - 1);
        put(generator, ") {");
    } else {
        put(generator, "do {");
    }
    generator->indentation++;
    put_line(generator);
    put(generator, "%s++;", name);
    put_line(generator);
    put_loop_body(generator, 1 + pick(generator, 3));
    generator->indentation--;
    put_line(generator);
    put(generator, "}");
    if (form == 2) {
        put(generator, " while (%s < %d && ", name, limit);
        put_condition(generator, EXPRESSION_DEPTH - 1);
        put(generator, ");");
    }
}

static void
put_case(struct generator *generator, const char *label, const struct kind_type *binding)
{
    int count = generator->local_count;
    put_line(generator);
    put(generator, "case %s", label);
    if (binding != NULL)
        put(generator, " %s", add_local(generator, binding)->name);
    put(generator, ": ");
    put_block(generator, 1 + pick(generator, 2));
    generator->local_count = count;
}

static void
put_cases(struct generator *generator, const struct kind_type *type)
{
    static const char *const names[] = { "Red", "Green", "Blue", "Low", "Middle", "High" };
    static const char *const texts[] = { "\"\", \"a\"", "\"12\"", "\"b\", \"Az\"" };
    static const char *const numbers[] = { "0, 1", "2", "-1, 7" };
    int count = type->kind == KIND_UNION ? type->member_count : 3;
    int left_out = chance(generator, 40) ? pick(generator, count) : -1;
    if (type->kind != KIND_ENUM && type->kind != KIND_UNION)
        left_out = count;
    for (int index = 0; index < count; index++) {
        char label[16];
        if (index == left_out)
            continue;
        if (type->kind == KIND_UNION) {
            snprintf(label, sizeof label, "m%d", index);
            put_case(generator, label, type->members[index]);
        } else if (type->kind == KIND_ENUM) {
            put_case(generator, names[index + (strcmp(type->name, "Level") == 0 ? 3 : 0)], NULL);
        } else {
            put_case(generator, type == generator->string ? texts[index] : numbers[index], NULL);
        }
    }
    if (left_out >= 0) {
        put_line(generator);
        put(generator, "default: ");
        put_block(generator, 1);
    }
}

static void
put_switch(struct generator *generator)
{
    const struct kind_type *type;
    do
        type = pick_type(generator);
    while (type->kind != KIND_ENUM && type->kind != KIND_UNION && type != generator->string &&
           type != generator->integer);
    put(generator, "switch (");
    put_dynamic(generator, type, EXPRESSION_DEPTH);
    put(generator, ") {");
    bool could_break = generator->can_break;
    generator->can_break = true;
    put_cases(generator, type);
    generator->can_break = could_break;
    put_line(generator);
    put(generator, "}");
}

static void
put_catch(struct generator *generator)
{
    static const char *const built_in[] = { "Overflow",    "DivideByZero", "OutOfRange",
                                            "KeyNotFound", "NullValue",    "InvalidValue" };
    int count = generator->local_count;
    bool could_rethrow = generator->can_rethrow;
    generator->can_rethrow = true;
    for (int clause = 0, first = pick(generator, 6); clause < pick(generator, 3); clause++) {
        /* The name of an error says what it is; it has no type that a value could have. */
        const char *name = built_in[(first + clause) % 6];
        put(generator, " catch (%s e%d) ", name, generator->indentation);
        put_block(generator, 1 + pick(generator, 2));
    }
    if (chance(generator, 40)) {
        const struct kind_type *error = generator->errors[pick(generator, 3)];
        struct local *local = add_local(generator, error);
        local->is_fixed = true;
        put(generator, " catch (%s %s) ", error->name, local->name);
        put_block(generator, 1 + pick(generator, 2));
        generator->local_count = count;
    }
    if (chance(generator, 60)) {
        put(generator, " catch (error e%d) {", generator->indentation);
        generator->indentation++;
        put_line(generator);
        put(generator, "trail += e%d.name;", generator->indentation - 1);
        put_line(generator);
        put_block(generator, 1 + pick(generator, 2));
        generator->indentation--;
        put_line(generator);
        put(generator, "}");
    }
    generator->can_rethrow = could_rethrow;
}

static void
put_finally(struct generator *generator)
{
    bool could_break = generator->can_break, could_continue = generator->can_continue;
    bool could_return = generator->can_return;
    generator->can_break = generator->can_continue = generator->can_return = false;
    put(generator, " finally ");
    put_block(generator, 1 + pick(generator, 2));
    generator->can_break = could_break;
    generator->can_continue = could_continue;
    generator->can_return = could_return;
}

static void
put_try(struct generator *generator)
{
    put(generator, "try ");
    put_block(generator, 1 + pick(generator, 3));
    size_t before = generator->size_bytes;
    if (chance(generator, 75))
        put_catch(generator);
    if (chance(generator, 60) || generator->size_bytes == before)
        put_finally(generator);
}

/* ---- tasks, promises, compensations, events ---- */

static const struct kind_type *
pick_result(struct generator *generator)
{
    const struct kind_type *type;
    do
        type = chance(generator, 30) && generator->function_count > 0
                   ? generator->functions[pick(generator, generator->function_count)].result
                   : pick_type(generator);
    while (strlen(type->name) > 30);
    return type;
}

static void
put_task(struct generator *generator)
{
    const struct kind_type *type = pick_result(generator);
    size_t begin = generator->size_bytes;
    put_start(generator, type, EXPRESSION_DEPTH);
    char value[4096];
    size_t length = generator->size_bytes - begin;
    if (length >= sizeof value)
        length = (size_t)snprintf(value, sizeof value, "(start pass_%d(same_%d(v)))", type->number, type->number);
    else
        memcpy(value, generator->text + begin, length);
    value[length] = '\0';
    generator->size_bytes = begin;
    struct local *local = add_local(generator, &generator->task_types[type->number]);
    local->is_fixed = true;
    put(generator, "%s %s = %s;", local->type->name, local->name, value);
}

static void
put_promise(struct generator *generator)
{
    const struct kind_type *type = pick_result(generator);
    struct local *local = add_local(generator, &generator->promise_types[type->number]);
    local->is_fixed = true;
    char name[sizeof local->name];
    memcpy(name, local->name, sizeof name);
    put(generator, "%s %s = %s();", local->type->name, name, local->type->name);
    generator->local_count--; /* it can't be awaited before it is settled */
    put_line(generator);
    bool is_rejected = chance(generator, 35);
    if (is_rejected) {
        put(generator, "if (");
        put_condition(generator, 2);
        put(generator, ") reject(%s, ", name);
        put_expression(generator, generator->errors[1 + pick(generator, 2)], 1);
        put(generator, ");");
        put_line(generator);
    }
    put(generator, "resolve(%s, ", name);
    put_typed(generator, type, EXPRESSION_DEPTH);
    put(generator, ");");
    generator->local_count++;
}

static bool
put_select(struct generator *generator)
{
    int case_count = 0, count = generator->local_count;
    put(generator, "select {");
    bool could_break = generator->can_break;
    generator->can_break = true;
    for (int index = 0; index < count && case_count < 3; index++) {
        const struct kind_type *type = generator->locals[index].type;
        if ((type->kind != KIND_TASK && type->kind != KIND_PROMISE) || chance(generator, 30))
            continue;
        put_line(generator);
        char name[sizeof generator->locals[index].name];
        memcpy(name, add_local(generator, type->element)->name, sizeof name);
        put(generator, "case %s %s = await %s: ", type->element->name, name, generator->locals[index].name);
        put_block(generator, 1 + pick(generator, 2));
        generator->local_count = count;
        case_count++;
    }
    if (case_count == 0 || chance(generator, 40)) {
        put_line(generator);
        put(generator, "case after ");
        put_expression(generator, find_kind(generator, KIND_DURATION, NULL), 1);
        put(generator, ": ");
        put_block(generator, 1);
    }
    generator->can_break = could_break;
    put_line(generator);
    put(generator, "}");
    return true;
}

static void
put_compensate(struct generator *generator)
{
    bool could_break = generator->can_break, could_continue = generator->can_continue;
    bool could_return = generator->can_return, could_rethrow = generator->can_rethrow;
    generator->can_break = generator->can_continue = generator->can_return = generator->can_rethrow = false;
    put(generator, "compensate {");
    int count = generator->local_count;
    generator->indentation++;
    put_line(generator);
    put(generator, "await ");
    put_ledger(generator, 2);
    put(generator, ";");
    put_line(generator);
    put_block(generator, 1 + pick(generator, 2));
    generator->indentation--;
    put_line(generator);
    put(generator, "}");
    generator->local_count = count;
    generator->can_break = could_break;
    generator->can_continue = could_continue;
    generator->can_return = could_return;
    generator->can_rethrow = could_rethrow;
}

static bool
put_wide_statement(struct generator *generator)
{
    switch (pick(generator, 8)) {
    case 0:
    case 1: put_task(generator); return true;
    case 2: put_promise(generator); return true;
    case 3: return put_select(generator);
    case 4:
    case 5: put_compensate(generator); return true;
    case 6: {
        const struct local *task = some_local(generator, KIND_TASK, false);
        if (task != NULL && chance(generator, 30)) {
            put(generator, "cancel %s;", task->name);
            return true;
        }
        put(generator, chance(generator, 50) ? "start detached " : "await ");
        put_ledger(generator, 2);
        put(generator, ";");
        return true;
    }
    default:
        if (chance(generator, 50)) {
            put(generator, "publish Happened{.text = ");
            put_expression(generator, generator->string, 2);
            put(generator, ", .count = ");
            put_expression(generator, generator->integer, 2);
            put(generator, "};");
        } else {
            put(generator, "await all([start Ledger(\"a\").bump(");
            put_expression(generator, generator->integer, 1);
            put(generator, "), start Ledger(\"b\").bump(%d)]);", pick(generator, 10));
        }
        return true;
    }
}

/* ---- any statement ---- */

static bool
put_some_statement(struct generator *generator)
{
    bool is_deep = generator->indentation > 6 || generator->size <= 0 || !has_room(generator);
    if (generator->is_wide && generator->is_async && has_room(generator) && chance(generator, is_deep ? 10 : 35) &&
        generator->loop_depth < 2)
        return put_wide_statement(generator);
    int choice = pick(generator, is_deep ? 60 : 100);
    if (choice < 16)
        put_log(generator);
    else if (choice < 30)
        return put_assignment(generator);
    else if (choice < 40)
        return put_change(generator);
    else if (choice < 52 && has_room(generator))
        put_declaration(generator);
    else if (choice < 57) {
        if (!generator->is_async)
            return false;
        put_await(generator);
    } else if (choice < 60) {
        if (generator->indentation < 2)
            return false;
        put_leave(generator);
    } else if (choice < 72)
        put_if(generator);
    else if (choice < 84) {
        if (generator->loop_depth >= LOOPS_MAX)
            return false;
        int form = pick(generator, 3);
        if (form == 0)
            put_for_items(generator);
        else if (form == 1)
            put_for_range(generator);
        else
            put_while(generator);
    } else if (choice < 89)
        put_switch(generator);
    else
        put_try(generator);
    return true;
}

static bool
is_left_out(const struct generator *generator, uint32_t number)
{
    for (size_t index = 0; index < generator->request->without_count; index++) {
        if (generator->request->without[index] == number)
            return true;
    }
    return false;
}

static void
put_statement(struct generator *generator)
{
    uint32_t number = generator->statement_number++;
    size_t begin = generator->size_bytes;
    generator->size--;
    put_line(generator);
    bool is_guarded = generator->indentation <= 2 && chance(generator, 30);
    if (is_guarded)
        put(generator, "try { ");
    size_t after_line = generator->size_bytes;
    int count = generator->local_count;
    while (!put_some_statement(generator))
        generator->size_bytes = after_line;
    if (is_guarded) {
        put(generator, " } catch (error e) { trail += e.name; }");
        generator->local_count = count; /* what it declared has gone out of sight */
    }
    if (is_left_out(generator, number))
        generator->size_bytes = begin;
}

static void
put_block(struct generator *generator, int statements)
{
    int count = generator->local_count;
    put(generator, "{");
    generator->indentation++;
    for (int index = 0; index < statements; index++)
        put_statement(generator);
    generator->indentation--;
    put_line(generator);
    put(generator, "}");
    generator->local_count = count;
}

/* ---- functions and programs ---- */

static void
put_body(struct generator *generator, const struct made_function *function, int statements)
{
    generator->local_count = 0;
    generator->can_break = generator->can_continue = generator->can_rethrow = false;
    generator->can_return = true;
    generator->loop_depth = 0;
    generator->is_async = function->is_async;
    generator->result = function->result;
    generator->size = generator->is_large ? statements + 2 : 2;
    for (int index = 0; generator->is_instance && index < STATES; index++) {
        struct local *member = add_local(generator, generator->states[index]);
        snprintf(member->name, sizeof member->name, "s%d", index);
    }
    for (int index = 0; index < function->parameter_count; index++) {
        struct local *parameter = add_local(generator, function->parameters[index]);
        snprintf(parameter->name, sizeof parameter->name, "p%d", index);
        parameter->is_fixed = function->is_recursive && index == 0;
    }
    put(generator, " {");
    generator->indentation++;
    put_line(generator);
    put(generator, "string trail = \"\";");
    struct local *trail = add_local(generator, generator->string);
    snprintf(trail->name, sizeof trail->name, "trail");
    if (function->is_recursive) {
        put_line(generator);
        put(generator, "if (p0 <= 0) return ");
        put_typed(generator, function->result, 1);
        put(generator, ";");
    }
    for (int index = generator->is_large ? 0 : pick(generator, 2); index < 2; index++) {
        put_line(generator);
        put_declaration(generator);
    }
    for (int index = 0; index < statements; index++) {
        put_statement(generator);
        if (function->is_recursive && index == statements / 2) {
            put_line(generator);
            generator->self = function;
            put(generator, "%s %s = ", function->result->name, "again");
            put_call(generator, function, 2);
            put(generator, ";");
            generator->self = NULL;
            struct local *again = add_local(generator, function->result);
            snprintf(again->name, sizeof again->name, "again");
        }
    }
    put_line(generator);
    put(generator, "return ");
    if (function->result == generator->string) {
        put(generator, "trail");
        if (generator->is_wide && strcmp(function->name, "run") == 0)
            put(generator,
                " + (await Ledger(\"a\").all()) + (await Ledger(\"b\").all()) + (await Ledger(\"heard\").all())");
        for (int index = 0; index < generator->local_count; index++) {
            if (generator->locals[index].name[0] == 'v' && generator->locals[index].type->kind < KIND_TASK)
                put(generator, " + \" \" + string(%s)", generator->locals[index].name);
        }
    } else {
        put_typed(generator, function->result, EXPRESSION_DEPTH);
    }
    put(generator, ";");
    generator->indentation--;
    put_line(generator);
    put(generator, "}");
}

static void
put_head(struct generator *generator, const struct made_function *function, const char *throws)
{
    put_line(generator);
    put(generator, "%s%s %s(", function->is_async ? "async " : "", function->result->name, function->name);
    for (int index = 0; index < function->parameter_count; index++)
        put(generator, "%s%s p%d", index > 0 ? ", " : "", function->parameters[index]->name, index);
    put(generator, ")%s", throws);
}

static void
put_function(struct generator *generator, bool is_in_service, const char *prefix)
{
    struct made_function *function = &generator->functions[generator->function_count];
    *function = (struct made_function){ .prefix = prefix };
    snprintf(function->name, sizeof function->name, "%s%d_%llu", is_in_service ? "r" : "f", generator->function_count,
             (unsigned long long)generator->program);
    function->is_async = is_in_service || chance(generator, 70);
    function->is_recursive = !is_in_service && chance(generator, 15);
    function->result = chance(generator, 30) ? generator->string : pick_type(generator);
    function->parameter_count = pick(generator, PARAMETERS_MAX);
    for (int index = 0; index < function->parameter_count; index++)
        function->parameters[index] = pick_type(generator);
    if (function->is_recursive) {
        function->parameters[0] = generator->integer;
        function->parameter_count += function->parameter_count == 0;
    }
    uint32_t number = generator->statement_number++;
    size_t begin = generator->size_bytes;
    put_head(generator, function, is_in_service ? " throws StepRefused, Error1, Error2" : "");
    put_body(generator, function, 1 + (generator->is_large && chance(generator, 50)));
    if (is_left_out(generator, number))
        generator->size_bytes = begin;
    generator->function_count++;
}

/* A keyed service of the program's own: its state is what its routine can change and its awaits may change. */
static void
put_keyed(struct generator *generator, const char *prefix)
{
    put(generator, "\nservice K%llu(string id) {", (unsigned long long)generator->program);
    generator->indentation = 1;
    for (int index = 0; index < STATES; index++) {
        generator->states[index] = pick_type(generator);
        put_line(generator);
        put(generator, "state %s s%d", generator->states[index]->name, index);
        if (generator->states[index]->kind <= KIND_STRING && chance(generator, 50)) {
            put(generator, " = ");
            put_literal(generator, generator->states[index]);
        }
        put(generator, ";");
    }
    int function_count = generator->function_count;
    generator->is_instance = true;
    put_function(generator, true, "");
    generator->is_instance = false;
    if (generator->function_count > function_count)
        generator->functions[generator->function_count - 1].prefix = prefix;
    generator->indentation = 0;
    put(generator, "\n}");
}

void
put_program(struct generator *generator, uint64_t number)
{
    generator->program = number;
    generator->random = number * UINT64_C(0xA0761D6478BD642F) + 7;
    generator->function_count = 0;
    generator->statement_number = 0;
    generator->indentation = 0;
    put(generator, "\n\n// ---- program %llu ----\n", (unsigned long long)number);
    /* Most are tiny: for the time that the compilers take, many of them say more than few large ones. */
    int size = pick(generator, 100);
    generator->is_large = size >= 97;
    generator->is_wide = chance(generator, 10);
    int function_count = size < 80 ? generator->is_wide : size < 97 ? 1 : 2;
    for (int index = 0; index < function_count; index++)
        put_function(generator, false, "");
    bool has_other = chance(generator, function_count * 15);
    char other[40];
    if (has_other) {
        snprintf(other, sizeof other, "Q%llu.", (unsigned long long)number);
        put(generator, "\nservice Q%llu {", (unsigned long long)number);
        generator->indentation = 1;
        put_function(generator, true, "");
        generator->functions[generator->function_count - 1].prefix = other;
        generator->indentation = 0;
        put(generator, "\n}");
    }
    char keyed[40];
    snprintf(keyed, sizeof keyed, "K%llu(\"x\").", (unsigned long long)number);
    if (generator->is_wide && chance(generator, 60))
        put_keyed(generator, keyed);
    put(generator, "\nservice %c%llu {", generator->is_wide ? 'W' : 'P', (unsigned long long)number);
    generator->indentation = 1;
    struct made_function run = { .name = "run", .is_async = true, .prefix = "" };
    run.result = generator->is_wide || chance(generator, 70) ? generator->string : pick_type(generator);
    put_head(generator, &run, " throws StepRefused, Error1, Error2");
    put_body(generator, &run, 1 + (function_count > 0) + pick(generator, generator->is_large ? 3 : 2));
    generator->indentation = 0;
    put(generator, "\n}\n");
}
