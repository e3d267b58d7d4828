/* The order of types: see order.h. All walks have stacks of their own: types may hold each other over any number of
 * steps. */
#include "compiler/check/order.h"

/* ---- edges ---- */

static const struct member *
members_of(const struct type *type, size_t *count)
{
    *count = 0;
    if (type->kind == TYPE_STRUCT || type->kind == TYPE_ERROR) {
        *count = type->declaration.structure->member_count;
        return type->declaration.structure->members;
    }
    if (type->kind == TYPE_UNION) {
        *count = type->declaration.variants->variant_count;
        return type->declaration.variants->variants;
    }
    return NULL;
}

/* Whether an optional has its value within itself. */
static bool
is_inline_optional(const struct type *type)
{
    return type->kind == TYPE_OPTIONAL && !type_is_boxed_in_optional(type->element);
}

/* The types that a type holds; by value only, or behind T[], map and T? too. NULL behind the last one. */
static const struct type *
edge(const struct type *type, size_t number, bool by_value)
{
    size_t count;
    const struct member *members = members_of(type, &count);
    if (members != NULL)
        return number < count ? members[number].type : NULL;
    if (type->kind == TYPE_TASK || type->kind == TYPE_PROMISE)
        return NULL; /* a handle holds nothing */
    if (by_value && !is_inline_optional(type))
        return NULL;
    if (number == 0)
        return type->element;
    return number == 1 && !by_value ? type->key : NULL;
}

/* ---- by value: recursion, order ---- */

struct step {
    const struct type *type;
    size_t next_edge;
};
struct step_list VECTOR(struct step);

enum visit { VISIT_NONE, VISIT_RUNNING, VISIT_DONE };

static void
report_recursion(struct checker *checker, const struct step *from, const struct type *held)
{
    size_t count;
    const struct member *members = members_of(from->type, &count);
    if (members == NULL)
        return;
    struct diagnostic *found =
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_HOLDS_ITSELF, members[from->next_edge - 1].span, held->name);
    diagnostic_help(found, "hold it as %t?, as %t[] or in a map", held->name, held->name);
}

/* Visit a type behind those that it holds by value. sorted may be NULL. */
static void
visit(struct checker *checker, const struct type *root, enum visit *visits, struct type_pointer_list *sorted)
{
    struct step_list stack = { 0 };
    visits[root->index] = VISIT_RUNNING;
    vector_add(checker->arena, &stack, ((struct step){ root, 0 }));
    while (stack.count > 0) {
        struct step *top = &vector_last(&stack);
        const struct type *held = edge(top->type, top->next_edge++, true);
        if (held == NULL) {
            visits[top->type->index] = VISIT_DONE;
            if (sorted != NULL)
                vector_add(checker->arena, sorted, top->type);
            stack.count--;
        } else if (visits[held->index] == VISIT_NONE) {
            visits[held->index] = VISIT_RUNNING;
            vector_add(checker->arena, &stack, ((struct step){ held, 0 }));
        } else if (visits[held->index] == VISIT_RUNNING) {
            report_recursion(checker, top, held);
        }
    }
}

static void
visit_all(struct checker *checker, struct type_pointer_list *sorted)
{
    enum visit *visits = arena_new_array(checker->arena, enum visit, checker->types.all.count);
    for (size_t index = 0; index < checker->types.all.count; index++) {
        if (visits[index] == VISIT_NONE)
            visit(checker, checker->types.all.items[index], visits, sorted);
    }
}

void
types_check_recursion(struct checker *checker)
{
    visit_all(checker, NULL);
}

/* ---- sizes ---- */

/* The bounds of runtime/include/dsy: DSY_VALUE_BYTES_MAX and DSY_ERROR_MEMBERS_MAX. */
#define VALUE_BYTES_MAX 65536u
#define ERROR_MEMBERS_MAX 256u

/* How a type lies in memory in C, on the machines that we know. */
struct layout {
    size_t size_bytes;
    size_t alignment;
};

static struct layout
scalar_layout(const struct type *type)
{
    switch (type->kind) {
    case TYPE_BOOL:
    case TYPE_INT8:
    case TYPE_UINT8: return (struct layout){ 1, 1 };
    case TYPE_INT16:
    case TYPE_UINT16: return (struct layout){ 2, 2 };
    case TYPE_INT32:
    case TYPE_UINT32:
    case TYPE_ENUM: return (struct layout){ 4, 4 };
    case TYPE_INT64:
    case TYPE_UINT64:
    case TYPE_DOUBLE:
    case TYPE_TIME:
    case TYPE_DURATION:
    case TYPE_MAP:
    case TYPE_OPTIONAL: /* in a box */ return (struct layout){ 8, 8 };
    case TYPE_DECIMAL:
    case TYPE_STRING:
    case TYPE_BYTES:
    case TYPE_ARRAY: return (struct layout){ 16, 8 };
    case TYPE_UUID:
    case TYPE_TASK:
    case TYPE_PROMISE: return (struct layout){ 16, 1 };
    case TYPE_ANY_ERROR: return (struct layout){ 32, 8 };
    case TYPE_POISON:
    case TYPE_VOID:
    case TYPE_NULL:
    case TYPE_STRUCT:
    case TYPE_UNION:
    case TYPE_ERROR: return (struct layout){ 0, 1 };
    }
    return (struct layout){ 0, 1 };
}

static size_t
aligned(size_t size_bytes, size_t alignment)
{
    return (size_bytes + alignment - 1) / alignment * alignment;
}

/* layouts: of the types that come before this one, by index. */
static struct layout
layout_of(const struct type *type, const struct layout *layouts)
{
    size_t count;
    const struct member *members = members_of(type, &count);
    bool is_union = type->kind == TYPE_UNION;
    struct layout layout = { is_union ? 4u : 0u, is_union ? 4u : 1u };
    if (is_inline_optional(type)) {
        struct layout value = layouts[type->element->index];
        return (struct layout){ aligned(value.alignment + value.size_bytes, value.alignment), value.alignment };
    }
    if (members == NULL)
        return scalar_layout(type);
    size_t most_bytes = 0;
    for (size_t index = 0; index < count; index++) {
        struct layout member = layouts[members[index].type->index];
        if (member.alignment > layout.alignment)
            layout.alignment = member.alignment;
        if (is_union)
            most_bytes = member.size_bytes > most_bytes ? member.size_bytes : most_bytes;
        else
            layout.size_bytes = aligned(layout.size_bytes, member.alignment) + member.size_bytes;
    }
    if (is_union)
        layout.size_bytes = layout.alignment + most_bytes;
    layout.size_bytes = aligned(layout.size_bytes, layout.alignment);
    return layout;
}

static struct span
declaration_span(const struct type *type)
{
    return type->kind == TYPE_UNION ? type->declaration.variants->span : type->declaration.structure->span;
}

void
types_check_sizes(struct checker *checker)
{
    struct type_pointer_list sorted = { 0 };
    visit_all(checker, &sorted);
    struct layout *layouts = arena_new_array(checker->arena, struct layout, checker->types.all.count);
    for (size_t index = 0; index < sorted.count; index++) {
        const struct type *type = sorted.items[index];
        struct layout layout = layout_of(type, layouts);
        if (layout.size_bytes > VALUE_BYTES_MAX) {
            struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_VALUE_TOO_LARGE,
                                                      declaration_span(type), type->name, layout.size_bytes);
            diagnostic_help(found, "put a part of it into an array or an optional");
            layout.size_bytes = 0; /* what holds it is not blamed for it */
        }
        if (type->kind == TYPE_ERROR && type->declaration.structure->member_count > ERROR_MEMBERS_MAX) {
            struct diagnostic *found =
                diagnostic_add(checker->diagnostics, DIAGNOSTIC_TOO_MANY_MEMBERS, declaration_span(type), type->name,
                               type->declaration.structure->member_count);
            diagnostic_help(found, "put them into an array or a struct");
        }
        layouts[type->index] = layout;
    }
}

/* ---- recursion through T[], map, T? (Tarjan) ---- */

struct components {
    struct checker *checker;
    uint32_t *number; /* of visit, from 1; 0: not visited */
    uint32_t *low;
    bool *is_open; /* on `open` */
    struct type_pointer_list open;
    uint32_t count;
};

/* A component is complete with `root`: its types are recursive if there are several. (None holds itself directly: there
 * is a T[], map or T? between.) */
static void
close_component(struct components *components, const struct type *root)
{
    bool is_several = vector_last(&components->open) != root;
    const struct type *type;
    do {
        type = components->open.items[--components->open.count];
        components->is_open[type->index] = false;
        components->checker->types.all.items[type->index]->is_recursive = is_several;
    } while (type != root);
}

static void
open_type(struct components *components, struct step_list *stack, const struct type *type)
{
    components->number[type->index] = components->low[type->index] = ++components->count;
    components->is_open[type->index] = true;
    vector_add(components->checker->arena, &components->open, type);
    vector_add(components->checker->arena, stack, ((struct step){ type, 0 }));
}

static void
find_components(struct components *components, const struct type *root)
{
    struct step_list stack = { 0 };
    open_type(components, &stack, root);
    while (stack.count > 0) {
        struct step *top = &vector_last(&stack);
        const struct type *type = top->type;
        const struct type *held = edge(type, top->next_edge++, false);
        if (held != NULL && components->number[held->index] == 0) {
            open_type(components, &stack, held);
        } else if (held != NULL) {
            uint32_t reached = components->number[held->index];
            if (components->is_open[held->index] && reached < components->low[type->index])
                components->low[type->index] = reached;
        } else {
            stack.count--;
            uint32_t low = components->low[type->index];
            if (low == components->number[type->index])
                close_component(components, type);
            if (stack.count > 0 && low < components->low[vector_last(&stack).type->index])
                components->low[vector_last(&stack).type->index] = low;
        }
    }
}

static void
set_recursive(struct checker *checker)
{
    size_t count = checker->types.all.count;
    struct components components = {
        .checker = checker,
        .number = arena_new_array(checker->arena, uint32_t, count),
        .low = arena_new_array(checker->arena, uint32_t, count),
        .is_open = arena_new_array(checker->arena, bool, count),
    };
    for (size_t index = 0; index < count; index++) {
        if (components.number[index] == 0)
            find_components(&components, checker->types.all.items[index]);
    }
}

/* ---- flags ---- */

static bool
find_blocks(const struct type *type)
{
    if (type->kind == TYPE_ARRAY || type->kind == TYPE_MAP)
        return true;
    if (type->kind == TYPE_OPTIONAL)
        return type->element->holds_blocks;
    size_t count;
    const struct member *members = members_of(type, &count);
    for (size_t index = 0; index < count; index++) {
        if (members[index].type->holds_blocks)
            return true;
    }
    return false;
}

/* Until nothing changes: optionals hold their value in a box, which the order does not know of. */
static void
set_holds_blocks(struct checker *checker, const struct type_pointer_list *sorted)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (size_t index = 0; index < sorted->count; index++) {
            struct type *type = checker->types.all.items[sorted->items[index]->index];
            if (!type->holds_blocks && find_blocks(type)) {
                type->holds_blocks = true;
                changed = true;
            }
        }
    }
}

static bool
find_default(const struct type *type)
{
    if (type->kind == TYPE_ENUM)
        return type->declaration.enumeration->enumerator_count > 0 &&
               type->declaration.enumeration->enumerators[0].value != 0;
    size_t count;
    const struct member *members = members_of(type, &count);
    if (type->kind == TYPE_UNION && count > 1)
        count = 1; /* the zero value is the first variant's */
    for (size_t index = 0; index < count; index++) {
        if (members[index].default_value != NULL || members[index].type->has_default)
            return true;
    }
    return false;
}

/* Whether generated code has to do with a type. */
static bool
is_of_program(const struct type *type)
{
    if (type->kind == TYPE_ERROR && type->declaration.structure->is_built_in)
        return ((const struct structure *)type->declaration.structure)->is_used;
    return type->kind != TYPE_POISON && type->kind != TYPE_VOID && type->kind != TYPE_NULL;
}

struct type_pointer_list
types_order(struct checker *checker)
{
    struct type_pointer_list sorted = { 0 };
    visit_all(checker, &sorted);
    set_recursive(checker);
    set_holds_blocks(checker, &sorted);
    struct type_pointer_list result = { 0 };
    for (size_t index = 0; index < sorted.count; index++) {
        struct type *type = checker->types.all.items[sorted.items[index]->index];
        type->has_default = find_default(type);
        if (is_of_program(type))
            vector_add(checker->arena, &result, type);
    }
    /* Only now: the index was the place in the table so far. */
    for (size_t index = 0; index < checker->types.all.count; index++)
        checker->types.all.items[index]->index = UINT32_MAX;
    for (size_t index = 0; index < result.count; index++)
        ((struct type *)result.items[index])->index = (uint32_t)index;
    return result;
}
