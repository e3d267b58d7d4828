/* Expressions and places: see interpret.h. Operands are evaluated left to right. */
#include <stdio.h>

#include "tests/opinion/interpret.h"

/* ---- places ---- */

bool
place_find(struct activation *activation, const struct expression *expression, struct place *place)
{
    if (expression->kind == EXPRESSION_VARIABLE) {
        place->root = &activation->locals[expression->as.variable->index];
        place->part_count = 0;
        return true;
    }
    if (!place_find(activation, expression->operand, place))
        return false;
    struct place_part *part = &place->parts[place->part_count++];
    part->expression = expression;
    return expression->kind != EXPRESSION_INDEX || evaluate(activation, expression->index, &part->index);
}

/* The item of a list that a part names, or -1 after throwing. */
static int64_t
item_of(struct machine *machine, const struct place_part *part, const struct value *whole)
{
    const struct expression *expression = part->expression;
    const struct type *type = expression->operand->type;
    if (expression->kind == EXPRESSION_MEMBER)
        return expression->as.member - type->declaration.structure->members;
    if (type->kind == TYPE_MAP) {
        int64_t entry = map_find(type, whole, &part->index);
        if (entry < 0)
            throw_built_in(machine, "KeyNotFound");
        return entry < 0 ? -1 : 2 * entry + 1;
    }
    if (part->index.as.integer < 0 || part->index.as.integer >= whole->as.list.count) {
        throw_built_in(machine, "OutOfRange");
        return -1;
    }
    return part->index.as.integer;
}

/* A part of a value; NULL after throwing. */
static const struct value *
go_into(struct machine *machine, const struct place_part *part, const struct value *whole)
{
    if (part->expression->kind == EXPRESSION_NARROW || part->expression->kind == EXPRESSION_UNWRAP) {
        if (whole->as.some == NULL)
            throw_built_in(machine, "NullValue");
        return whole->as.some;
    }
    int64_t item = item_of(machine, part, whole);
    return item < 0 ? NULL : &whole->as.list.items[item];
}

bool
place_read(struct machine *machine, const struct place *place, struct value *result)
{
    const struct value *value = place->root;
    for (size_t index = 0; index < place->part_count && value != NULL; index++)
        value = go_into(machine, &place->parts[index], value);
    if (value == NULL)
        return false;
    *result = *value;
    return true;
}

/* `whole` with the value at the place that the parts from `index` on name. */
static bool
rebuild(struct machine *machine, const struct place *place, size_t index, struct value whole, struct value value,
        struct value *result)
{
    if (index == place->part_count) {
        *result = value;
        return true;
    }
    struct heap *heap = &machine->heap;
    const struct place_part *part = &place->parts[index];
    const struct type *type = part->expression->operand->type;
    bool is_entry = part->expression->kind == EXPRESSION_INDEX && type->kind == TYPE_MAP;
    if (is_entry && index + 1 == place->part_count) {
        *result = map_with(heap, type, &whole, part->index, value);
        return true;
    }
    const struct value *inner = go_into(machine, part, &whole);
    struct value rebuilt;
    if (inner == NULL || !rebuild(machine, place, index + 1, *inner, value, &rebuilt))
        return false;
    if (part->expression->kind == EXPRESSION_NARROW || part->expression->kind == EXPRESSION_UNWRAP) {
        *result = value_some(heap, rebuilt);
        return true;
    }
    int64_t count = whole.as.list.count;
    struct value *items = heap_values(heap, count);
    memcpy(items, whole.as.list.items, (size_t)count * sizeof *items);
    items[item_of(machine, part, &whole)] = rebuilt;
    *result = value_list(items, count);
    return true;
}

bool
place_write(struct machine *machine, const struct place *place, struct value value)
{
    return rebuild(machine, place, 0, *place->root, value, place->root);
}

/* ---- parts ---- */

static bool
evaluate_all(struct activation *activation, const struct expression *expression, struct value *values)
{
    for (size_t step = 0; step < expression->argument_count; step++) {
        size_t index = expression->evaluation_order != NULL ? expression->evaluation_order[step] : step;
        if (!evaluate(activation, expression->arguments[index], &values[index]))
            return false;
    }
    return true;
}

static struct value *
arguments_of(struct activation *activation, const struct expression *expression)
{
    struct value *values = heap_values(&activation->machine->heap, (int64_t)expression->argument_count + 1);
    return evaluate_all(activation, expression, values) ? values : NULL;
}

static bool
evaluate_literal(const struct expression *expression, struct value *result)
{
    *result = (struct value){ 0 };
    switch ((int)expression->type->kind) {
    case TYPE_BOOL: result->as.boolean = expression->as.literal.boolean; break;
    case TYPE_DOUBLE: result->as.real = expression->as.literal.real; break;
    case TYPE_DECIMAL: number_parse(expression->as.literal.text, &result->as.number); break;
    case TYPE_STRING:
    case TYPE_BYTES:
    case TYPE_UUID: result->as.text = expression->as.literal.text; break;
    case TYPE_UINT8:
    case TYPE_UINT16:
    case TYPE_UINT32:
    case TYPE_UINT64: result->as.natural = expression->as.literal.natural; break;
    default: result->as.integer = expression->as.literal.integer; break;
    }
    return true;
}

static bool
evaluate_index(struct activation *activation, const struct expression *expression, struct value *result)
{
    struct value whole, index;
    if (!evaluate(activation, expression->operand, &whole) || !evaluate(activation, expression->index, &index))
        return false;
    if (expression->operand->type->kind == TYPE_BYTES) {
        if (index.as.integer < 0 || (size_t)index.as.integer >= whole.as.text.size_bytes)
            return throw_built_in(activation->machine, "OutOfRange");
        *result = (struct value){ .as.natural = (unsigned char)whole.as.text.data[index.as.integer] };
        return true;
    }
    struct place_part part = { expression, index };
    const struct value *item = go_into(activation->machine, &part, &whole);
    if (item == NULL)
        return false;
    *result = *item;
    return true;
}

static bool
evaluate_binary(struct activation *activation, const struct expression *expression, struct value *result)
{
    struct value left, right;
    if (!evaluate(activation, expression->left, &left) || !evaluate(activation, expression->right, &right))
        return false;
    return operate(activation->machine, expression->as.binary, expression->left->type, &left, expression->right->type,
                   &right, result);
}

static bool
evaluate_choice(struct activation *activation, const struct expression *expression, struct value *result)
{
    struct value first;
    bool is_conditional = expression->kind == EXPRESSION_CONDITIONAL;
    if (!evaluate(activation, is_conditional ? expression->condition : expression->left, &first))
        return false;
    if (is_conditional)
        return evaluate(activation, first.as.boolean ? expression->left : expression->right, result);
    bool stops = first.as.boolean == (expression->kind == EXPRESSION_LOGICAL_OR);
    if (!stops)
        return evaluate(activation, expression->right, result);
    *result = first;
    return true;
}

static bool
evaluate_coalesce(struct activation *activation, const struct expression *expression, struct value *result)
{
    struct value left;
    if (!evaluate(activation, expression->left, &left))
        return false;
    if (left.as.some == NULL)
        return evaluate(activation, expression->right, result);
    *result = expression->type->kind == TYPE_OPTIONAL ? left : *left.as.some;
    return true;
}

static bool
evaluate_chain(struct activation *activation, const struct expression *expression, struct value *result)
{
    struct value operand;
    if (!evaluate(activation, expression->operand, &operand))
        return false;
    if (operand.as.some == NULL) {
        *result = (struct value){ .as.some = NULL };
        return true;
    }
    activation->locals[expression->as.variable->index] = *operand.as.some;
    return evaluate(activation, expression->right, result);
}

static bool
evaluate_interpolation(struct activation *activation, const struct expression *expression, struct value *result)
{
    struct value *parts = arguments_of(activation, expression);
    if (parts == NULL)
        return false;
    struct printer printer = { .heap = &activation->machine->heap };
    for (size_t index = 0; index < expression->argument_count; index++)
        printer_add(&printer, parts[index].as.text.data, parts[index].as.text.size_bytes);
    *result = printer_value(&printer);
    return true;
}

static bool
evaluate_list(struct activation *activation, const struct expression *expression, struct value *result)
{
    struct value *items = arguments_of(activation, expression);
    if (items == NULL)
        return false;
    *result = value_list(items, (int64_t)expression->argument_count);
    if (expression->kind != EXPRESSION_MAP)
        return true;
    struct value map = { 0 };
    for (size_t index = 0; index < expression->argument_count; index += 2)
        map = map_with(&activation->machine->heap, expression->type, &map, items[index], items[index + 1]);
    *result = map;
    return true;
}

static bool
evaluate_union(struct activation *activation, const struct expression *expression, struct value *result)
{
    struct value payload;
    *result = (struct value){ .as.choice.variant = expression->as.variant };
    if (expression->operand == NULL)
        return true;
    if (!evaluate(activation, expression->operand, &payload))
        return false;
    result->as.choice.payload = heap_keep(&activation->machine->heap, payload);
    return true;
}

static bool
evaluate_method(struct activation *activation, const struct expression *expression, struct value *result)
{
    struct machine *machine = activation->machine;
    struct value receiver;
    *result = (struct value){ 0 };
    if (!method_changes(expression->as.method)) {
        if (!evaluate(activation, expression->operand, &receiver))
            return false;
        struct value *arguments = arguments_of(activation, expression);
        return arguments != NULL && call_method(machine, expression, &receiver, arguments, result);
    }
    struct place place;
    if (!place_find(activation, expression->operand, &place))
        return false;
    struct value *arguments = arguments_of(activation, expression);
    return arguments != NULL && place_read(machine, &place, &receiver) &&
           change_by_method(machine, expression, &receiver, arguments, result) &&
           place_write(machine, &place, receiver);
}

/* ---- calls and awaits ---- */

/* The routine behind a call through a `use`: of the only service that implements the interface. */
static const struct function *
behind_use(const struct program *program, const struct expression *call)
{
    const struct function *function = call->as.call.function;
    const struct use *use = call->as.call.use;
    if (use == NULL || use->interface == NULL)
        return function;
    for (size_t index = 0; index < program->service_count; index++) {
        const struct service *service = program->services[index];
        for (size_t number = 0; number < service->interface_count; number++) {
            if (service->interfaces[number] != use->interface)
                continue;
            for (size_t routine = 0; routine < service->routine_count; routine++) {
                if (text_equal(service->routines[routine]->name, function->name))
                    return service->routines[routine];
            }
        }
    }
    return function;
}

static bool
evaluate_call(struct activation *activation, const struct expression *call, struct value *result)
{
    struct machine *machine = activation->machine;
    struct value *arguments = arguments_of(activation, call);
    if (arguments == NULL)
        return false;
    const struct function *function = behind_use(machine->program, call);
    *result = (struct value){ 0 };
    if (function->colour == COLOUR_STEP || function->colour == COLOUR_NATIVE)
        return call_outside(machine, function, arguments, result);
    return call_function(machine, function, arguments, result);
}

static bool
evaluate_await(struct activation *activation, const struct expression *expression, struct value *result)
{
    struct machine *machine = activation->machine;
    int depth = machine->depth;
    *result = (struct value){ 0 };
    switch ((int)expression->as.await.kind) {
    case AWAIT_USE:
    case AWAIT_SERVICE: machine->depth = 0; /* an invocation of its own; fall through */
    case AWAIT_SUBROUTINE:
    case AWAIT_STEP: break;
    default: return expression->operand == NULL || evaluate(activation, expression->operand, result);
    }
    bool is_right = evaluate_call(activation, expression->operand, result);
    machine->depth = depth;
    return is_right;
}

bool
evaluate(struct activation *activation, const struct expression *expression, struct value *result)
{
    struct machine *machine = activation->machine;
    struct value operand;
    heap_step(&machine->heap);
    switch ((int)expression->kind) {
    case EXPRESSION_LITERAL: return evaluate_literal(expression, result);
    case EXPRESSION_ENUMERATOR: *result = value_integer(expression->as.enumerator->value); return true;
    case EXPRESSION_NULL: *result = (struct value){ .as.some = NULL }; return true;
    case EXPRESSION_ZERO: *result = value_zero(&machine->heap, expression->type); return true;
    case EXPRESSION_VARIABLE: *result = activation->locals[expression->as.variable->index]; return true;
    case EXPRESSION_CONFIG: return evaluate(activation, expression->as.config->default_value, result);
    case EXPRESSION_MEMBER: {
        if (!evaluate(activation, expression->operand, &operand))
            return false;
        struct place_part part = { .expression = expression };
        *result = *go_into(machine, &part, &operand);
        return true;
    }
    case EXPRESSION_INDEX: return evaluate_index(activation, expression, result);
    case EXPRESSION_UNARY:
        return evaluate(activation, expression->operand, &operand) &&
               negate(machine, expression->as.unary, expression->type, &operand, result);
    case EXPRESSION_BINARY: return evaluate_binary(activation, expression, result);
    case EXPRESSION_LOGICAL_AND:
    case EXPRESSION_LOGICAL_OR:
    case EXPRESSION_CONDITIONAL: return evaluate_choice(activation, expression, result);
    case EXPRESSION_COALESCE: return evaluate_coalesce(activation, expression, result);
    case EXPRESSION_NARROW:
    case EXPRESSION_UNWRAP:
        if (!evaluate(activation, expression->operand, &operand))
            return false;
        if (operand.as.some == NULL)
            return throw_built_in(machine, "NullValue");
        *result = *operand.as.some;
        return true;
    case EXPRESSION_SOME:
        if (!evaluate(activation, expression->operand, &operand))
            return false;
        *result = value_some(&machine->heap, operand);
        return true;
    case EXPRESSION_OPTIONAL_CHAIN: return evaluate_chain(activation, expression, result);
    case EXPRESSION_CONVERT:
        return evaluate(activation, expression->operand, &operand) &&
               convert_value(machine, expression->operand->type, &operand, expression->type, result);
    case EXPRESSION_INTERPOLATE: return evaluate_interpolation(activation, expression, result);
    case EXPRESSION_STRUCT:
    case EXPRESSION_ARRAY:
    case EXPRESSION_MAP: return evaluate_list(activation, expression, result);
    case EXPRESSION_UNION: return evaluate_union(activation, expression, result);
    case EXPRESSION_CALL: return evaluate_call(activation, expression, result);
    case EXPRESSION_METHOD: return evaluate_method(activation, expression, result);
    case EXPRESSION_AWAIT: return evaluate_await(activation, expression, result);
    default: return throw_built_in(machine, "NotInterpreted");
    }
}
