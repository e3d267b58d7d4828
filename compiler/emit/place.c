/* Places: writing through containers. See emitter.h.
 *
 * `orders[i].items[j].price = p` changes orders, so every block on the way must be its own first. That takes a
 * statement for each step, which hands out a pointer:
 *
 *     struct Order *place = array_Order_place(run, &orders, i);
 *     if (place == NULL) goto failed;
 *     struct Item *place_2 = array_Item_place(run, &place->items, j);
 *     if (place_2 == NULL) goto failed;
 *     place_2->price = p;
 *
 * A pointer is used before anything else can change the container it points into. */
#include "compiler/emit/emitter.h"

bool
lvalue_needs_places(const struct expression *lvalue)
{
    while (lvalue->kind != EXPRESSION_VARIABLE && lvalue->kind != EXPRESSION_STATE) {
        if (lvalue->kind != EXPRESSION_MEMBER &&
            !(lvalue->kind == EXPRESSION_NARROW && !type_is_boxed_optional(lvalue->operand->type)))
            return true;
        lvalue = lvalue->operand;
    }
    return false;
}

/* The name of the next pointer; check/c_name.c keeps the first nine from the program, the prefix all others. */
static struct text
next_place(struct function_context *context)
{
    int number = ++context->place_count;
    if (number == 1)
        return TEXT("place");
    return text_format(context->emitter->arena, number <= 9 ? "place_%d" : "dsy_place_%d", number);
}

/* A C lvalue, and the pointer to it. */
struct place {
    struct text pointer; /* "place" when the lvalue is *place; empty: take the address */
    struct text lvalue;
};

static struct place resolve(struct function_context *context, const struct expression *lvalue);

static struct text
address_of(struct function_context *context, struct place place)
{
    if (place.pointer.size_bytes > 0)
        return place.pointer;
    return text_format(context->emitter->arena, "&%.*s", TEXT_ARGUMENTS(place.lvalue));
}

static struct place
member_of(struct function_context *context, struct place owner, struct text member)
{
    struct arena *arena = context->emitter->arena;
    struct place place = { 0 };
    if (owner.pointer.size_bytes > 0)
        place.lvalue = text_format(arena, "%.*s->%.*s", TEXT_ARGUMENTS(owner.pointer), TEXT_ARGUMENTS(member));
    else
        place.lvalue = text_format(arena, "%.*s.%.*s", TEXT_ARGUMENTS(owner.lvalue), TEXT_ARGUMENTS(member));
    return place;
}

/* One step through a container or an optional: prints its statements. */
static struct place
step_into(struct function_context *context, const struct expression *lvalue)
{
    struct writer *writer = context->writer;
    struct place owner = resolve(context, lvalue->operand);
    struct text name = next_place(context);
    write_template(writer, "$type$ *$name$ = $stem$_place(",
                   HOLE("type", type_spelling(context->emitter, lvalue->type)), HOLE("name", name),
                   HOLE("stem", type_stem(context->emitter, lvalue->operand->type)));
    emit_run(context);
    write_template(writer, ", $address$, ", HOLE("address", address_of(context, owner)));
    if (lvalue->kind == EXPRESSION_UNWRAP)
        write_c_string(writer, source_of(context->emitter, lvalue->operand->span));
    else if (lvalue->kind == EXPRESSION_NARROW)
        write_string(writer, "NULL");
    else
        emit_expression(context, lvalue->index);
    write_template(writer, ");\nif ($name$ == NULL) ", HOLE("name", name));
    emit_leave(context);
    return (struct place){ .pointer = name,
                           .lvalue = text_format(context->emitter->arena, "*%.*s", TEXT_ARGUMENTS(name)) };
}

static struct place
resolve(struct function_context *context, const struct expression *lvalue)
{
    if (lvalue->kind == EXPRESSION_VARIABLE)
        return (struct place){ .lvalue = variable_spelling(context, lvalue->as.variable) };
    if (lvalue->kind == EXPRESSION_STATE) {
        context->uses_state = true;
        return (struct place){ .lvalue = text_format(context->emitter->arena, "instance->%.*s",
                                                     TEXT_ARGUMENTS(lvalue->as.member->c_name)) };
    }
    if (lvalue->kind == EXPRESSION_MEMBER)
        return member_of(context, resolve(context, lvalue->operand), lvalue->as.member->c_name);
    if (lvalue->kind == EXPRESSION_NARROW && !type_is_boxed_optional(lvalue->operand->type))
        return member_of(context, resolve(context, lvalue->operand), TEXT("value"));
    return step_into(context, lvalue);
}

/* Where a value is written to is used, as far as a C compiler sees, once its address is taken. */
static void
mark_root_read(struct function_context *context, const struct expression *lvalue)
{
    struct variable *root = expression_root(lvalue);
    if (root != NULL)
        context->is_read[root->index] = true;
}

struct text
emit_places(struct function_context *context, const struct expression *lvalue)
{
    if (lvalue_needs_places(lvalue))
        mark_root_read(context, lvalue);
    return resolve(context, lvalue).lvalue;
}

struct text
emit_place_address(struct function_context *context, const struct expression *lvalue)
{
    mark_root_read(context, lvalue);
    return address_of(context, resolve(context, lvalue));
}
