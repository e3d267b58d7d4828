/* Chance, text, types and what the programs of a batch share: see generate.h. */
#include "tests/opinion/generate.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- chance and text ---- */

/* splitmix64 */
static uint64_t
next_random(struct generator *generator)
{
    uint64_t value = generator->random += UINT64_C(0x9E3779B97F4A7C15);
    value = (value ^ value >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ value >> 27) * UINT64_C(0x94D049BB133111EB);
    return value ^ value >> 31;
}

int
pick(struct generator *generator, int below)
{
    return (int)(next_random(generator) % (uint64_t)below);
}

bool
chance(struct generator *generator, int percent)
{
    return pick(generator, 100) < percent;
}

void
put(struct generator *generator, const char *format, ...)
{
    for (;;) {
        size_t room = generator->capacity_bytes - generator->size_bytes;
        va_list arguments;
        va_start(arguments, format);
        char *place = generator->text != NULL ? generator->text + generator->size_bytes : NULL;
        int size = vsnprintf(place, room, format, arguments);
        va_end(arguments);
        if (size >= 0 && (size_t)size < room) {
            generator->size_bytes += (size_t)size;
            return;
        }
        generator->capacity_bytes = generator->capacity_bytes * 2 + (size_t)size + 4096;
        generator->text = realloc(generator->text, generator->capacity_bytes);
        if (generator->text == NULL) {
            fputs("no memory\n", stderr);
            exit(2);
        }
    }
}

void
put_line(struct generator *generator)
{
    put(generator, "\n%*s", 4 * generator->indentation, "");
}

/* ---- types ---- */

static struct kind_type *
add_type(struct generator *generator, enum kind kind, const char *format, ...)
{
    struct kind_type *type = &generator->types[generator->type_count];
    *type = (struct kind_type){ .kind = kind, .number = generator->type_count++ };
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(type->name, sizeof type->name, format, arguments);
    va_end(arguments);
    return type;
}

const struct kind_type *
find_kind(struct generator *generator, enum kind kind, const struct kind_type *element)
{
    for (int index = 0; index < generator->type_count; index++) {
        if (generator->types[index].kind == kind && generator->types[index].element == element)
            return &generator->types[index];
    }
    return NULL;
}

const struct kind_type *
pick_type(struct generator *generator)
{
    /* What programs are made of most of the time comes more often. */
    if (chance(generator, 25))
        return generator->integer;
    for (;;) {
        const struct kind_type *type = &generator->types[pick(generator, generator->type_count)];
        if (type->kind != KIND_ERROR)
            return type;
    }
}

static void
add_array(struct generator *generator, const struct kind_type *element)
{
    if (find_kind(generator, KIND_ARRAY, element) == NULL)
        add_type(generator, KIND_ARRAY, "%s[]", element->name)->element = element;
}

static void
add_optional(struct generator *generator, const struct kind_type *element)
{
    if (element->kind != KIND_OPTIONAL && find_kind(generator, KIND_OPTIONAL, element) == NULL)
        add_type(generator, KIND_OPTIONAL, "%s?", element->name)->element = element;
}

static void
add_map(struct generator *generator, const struct kind_type *key, const struct kind_type *element)
{
    if (find_kind(generator, KIND_MAP, element) != NULL)
        return;
    struct kind_type *type = add_type(generator, KIND_MAP, "map<%s, %s>", key->name, element->name);
    type->element = element;
    type->key = key;
}

/* Members of types that are there already: nothing holds itself. */
static void
add_members(struct generator *generator, struct kind_type *type, bool may_be_void)
{
    type->member_count = 1 + pick(generator, MEMBERS_MAX);
    if (type->kind == KIND_UNION && type->member_count < 2)
        type->member_count = 2;
    for (int index = 0; index < type->member_count; index++) {
        do
            type->members[index] = &generator->types[pick(generator, type->number)];
        while (type->members[index]->kind == KIND_ERROR);
        if (may_be_void && index > 0 && chance(generator, 30))
            type->members[index] = NULL;
    }
}

static void
add_round(struct generator *generator, const struct kind_type *const *keys, int key_count)
{
    const struct kind_type *element = &generator->types[pick(generator, generator->type_count)];
    if (element->kind == KIND_ERROR || strlen(element->name) > 24)
        return;
    switch (pick(generator, 3)) {
    case 0: add_array(generator, element); break;
    case 1: add_optional(generator, element); break;
    default: add_map(generator, keys[pick(generator, key_count)], element); break;
    }
}

void
make_types(struct generator *generator)
{
    static const char *const names[] = { "bool",   "int8",     "int16",  "int32",  "int",     "uint8",
                                         "uint16", "uint32",   "uint64", "double", "decimal", "string",
                                         "bytes",  "duration", "time",   "uuid" };
    for (int kind = KIND_BOOL; kind <= KIND_UUID; kind++)
        add_type(generator, (enum kind)kind, "%s", names[kind]);
    generator->boolean = &generator->types[KIND_BOOL];
    generator->integer = &generator->types[KIND_INT64];
    generator->string = &generator->types[KIND_STRING];
    struct kind_type *color = add_type(generator, KIND_ENUM, "Color");
    struct kind_type *level = add_type(generator, KIND_ENUM, "Level");
    color->member_count = level->member_count = 3;
    const struct kind_type *const keys[] = { generator->integer, generator->string, color, generator->boolean,
                                             &generator->types[KIND_UINT8] };
    add_array(generator, generator->integer);
    add_array(generator, generator->string);
    generator->strings = find_kind(generator, KIND_ARRAY, generator->string);
    add_optional(generator, generator->integer);
    add_optional(generator, generator->string);
    add_map(generator, generator->string, generator->integer);
    for (int index = 0; index < 4; index++) {
        add_members(generator, add_type(generator, KIND_STRUCT, "Struct%d", index), false);
        add_round(generator, keys, 5);
        add_round(generator, keys, 5);
        if (index % 2 == 1)
            add_members(generator, add_type(generator, KIND_UNION, "Union%d", index), true);
        add_optional(generator, &generator->types[generator->type_count - 1]);
    }
    for (int index = 0; index < 6; index++)
        add_round(generator, keys, 5);
    generator->errors[0] = add_type(generator, KIND_ERROR, "StepRefused");
    ((struct kind_type *)generator->errors[0])->members[0] = generator->integer;
    ((struct kind_type *)generator->errors[0])->member_count = 1;
    for (int index = 1; index < 3; index++) {
        struct kind_type *error = add_type(generator, KIND_ERROR, "Error%d", index);
        add_members(generator, error, false);
        generator->errors[index] = error;
    }
}

/* ---- what the programs of a batch share ---- */

static void
put_members(struct generator *generator, const struct kind_type *type)
{
    static const char *const words[] = { "struct", "error", "union" };
    put(generator, "%s %s {", words[type->kind - KIND_STRUCT], type->name);
    for (int index = 0; index < type->member_count; index++) {
        const struct kind_type *member = type->members[index];
        put(generator, " %s m%d", member != NULL ? member->name : "void", index);
        bool is_plain = member != NULL && member->kind <= KIND_ENUM && member->kind != KIND_TIME;
        if (type->kind == KIND_STRUCT && is_plain && chance(generator, 25)) {
            put(generator, " = ");
            put_literal(generator, member);
        }
        put(generator, ";");
    }
    put(generator, " }\n");
}

/* For every type a function, a sub-routine and a routine of a service that give back what they get: a value that the
 * compiler doesn't know, and an await that can stand at every place. */
static void
put_echoes(struct generator *generator)
{
    for (int index = 0; index < generator->type_count; index++) {
        const char *name = generator->types[index].name;
        put(generator, "%s same_%d(%s value) { return value; }\n", name, index, name);
        put(generator, "async %s pass_%d(%s value) { await checkpoint(); return value; }\n", name, index, name);
    }
    for (int index = 0; index < generator->type_count; index++) {
        struct kind_type *task = &generator->task_types[index], *promise = &generator->promise_types[index];
        *task = (struct kind_type){ .kind = KIND_TASK, .element = &generator->types[index] };
        *promise = (struct kind_type){ .kind = KIND_PROMISE, .element = &generator->types[index] };
        snprintf(task->name, sizeof task->name, "task<%.30s>", generator->types[index].name);
        snprintf(promise->name, sizeof promise->name, "promise<%.30s>", generator->types[index].name);
    }
    put(generator, "service Echo {\n");
    for (int index = 0; index < generator->type_count; index++) {
        const char *name = generator->types[index].name;
        put(generator, "    async %s echo_%d(%s value) { return value; }\n", name, index, name);
    }
    put(generator, "}\n");
}

void
put_shared(struct generator *generator)
{
    put(generator, "enum Color { Red, Green, Blue }\nenum Level { Low = 3, Middle = -1, High = 100 }\n");
    for (int index = 0; index < generator->type_count; index++) {
        const struct kind_type *type = &generator->types[index];
        if (type->kind == KIND_ERROR && index == generator->errors[0]->number)
            put(generator, "error StepRefused { int m0; }\n");
        else if (type->kind >= KIND_STRUCT && type->kind <= KIND_UNION)
            put_members(generator, type);
    }
    put(generator, "extern async int step_number(int number) throws StepRefused;\n"
                   "extern async string step_text(string text, int number);\n"
                   "extern int native_mix(int first, int second);\n"
                   "extern bool native_third(int number);\n");
    put_echoes(generator);
    /* What programs leave behind, compensations above all, is seen in its instances. */
    put(generator, "event Happened { string text; int count; }\n"
                   "service Ledger(string id) {\n"
                   "    state string[] lines;\n"
                   "    state int count = 3;\n"
                   "    async int note(string line) {\n"
                   "        lines.push(line);\n"
                   "        count = count + (await pass_4(lines.length)) + count %% 7;\n"
                   "        return count;\n"
                   "    }\n"
                   "    shared async void bump(int by) throws Error1, StepRefused {\n"
                   "        if (by > 8) throw Error1{};\n"
                   "        count = (count * 2 + await step_number(by * 8)) %% 1000;\n"
                   "    }\n"
                   "    query string all() { return $\"{id}{count}:\" + lines.join(\",\"); }\n"
                   "}\n"
                   "service Listener {\n"
                   "    on (Happened event) { await Ledger(\"heard\").note($\"{event.text}{event.count}\"); }\n"
                   "}\n");
}

char *
generate(const struct generate_request *request, uint32_t *statement_count)
{
    struct generator *generator = calloc(1, sizeof *generator);
    if (generator == NULL) {
        fputs("no memory\n", stderr);
        exit(2);
    }
    generator->request = request;
    generator->random = request->batch * UINT64_C(0xD1B54A32D192ED03) + 1;
    put(generator, "module opinion;\n");
    make_types(generator);
    put_shared(generator);
    for (uint64_t index = 0; index < request->count; index++)
        put_program(generator, request->first + index);
    if (statement_count != NULL)
        *statement_count = generator->statement_number;
    char *text = generator->text;
    free(generator);
    return text;
}
