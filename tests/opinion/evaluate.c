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
    if (expression->kind == EXPRESSION_STATE) {
        place->root = &activation->instance->state;
        place->part_count = 1;
        place->parts[0].expression = expression;
        return true;
    }
    if (!place_find(activation, expression->operand, place))
        return false;
    struct place_part *part = &place->parts[place->part_count++];
    part->expression = expression;
    return expression->kind != EXPRESSION_INDEX || evaluate(activation, expression->index, &part->index);
}

/* Which member of its service's state: they are named apart, in one struct of all of them. */
static int64_t
state_index(const struct expression *expression)
{
    return (int64_t)expression->as.member->number - 1;
}

/* The item of a list that a part names, or -1 after throwing. */
static int64_t
item_of(struct machine *machine, const struct place_part *part, const struct value *whole)
{
    const struct expression *expression = part->expression;
    if (expression->kind == EXPRESSION_STATE)
        return state_index(expression);
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
    bool is_entry = part->expression->kind == EXPRESSION_INDEX && part->expression->operand->type->kind == TYPE_MAP;
    if (is_entry && index + 1 == place->part_count) {
        *result = map_with(heap, part->expression->operand->type, &whole, part->index, value);
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

static struct instance *
find_instance(struct machine *machine, const struct service *service, const struct value *key)
{
    struct instance *instance = machine->instances;
    while (instance != NULL && !(instance->service == service && value_equal(service->key->type, &instance->key, key)))
        instance = instance->next;
    if (instance != NULL)
        return instance;
    instance = heap_take(&machine->heap, sizeof *instance);
    *instance = (struct instance){ .next = machine->instances, .service = service, .key = *key };
    if (service->state != NULL)
        instance->state = value_zero(&machine->heap, service->state->type);
    machine->instances = instance;
    return instance;
}

/* A call, ready to be made. */
struct ready_call {
    const struct function *function;
    struct instance *instance;
    struct value *arguments;
    bool is_own; /* an invocation of its own */
};

static bool
prepare_call(struct activation *activation, const struct expression *call, bool is_own, struct ready_call *ready)
{
    struct machine *machine = activation->machine;
    struct value key;
    const struct expression *key_source = call->as.call.key;
    if (key_source != NULL && !evaluate(activation, key_source, &key))
        return false;
    *ready = (struct ready_call){ .function = behind_use(machine->program, call), .is_own = is_own };
    ready->arguments = arguments_of(activation, call);
    if (ready->arguments == NULL)
        return false;
    if (key_source != NULL)
        ready->instance = find_instance(machine, ready->function->service, &key);
    else if (!is_own && ready->function->service == activation->function->service)
        ready->instance = activation->instance;
    return true;
}

static bool
make_call(struct machine *machine, const struct ready_call *ready, struct value *result)
{
    const struct function *function = ready->function;
    *result = (struct value){ 0 };
    if (function->colour == COLOUR_STEP || function->colour == COLOUR_NATIVE)
        return call_outside(machine, function, ready->arguments, result);
    if (ready->is_own)
        return invoke(machine, function, ready->instance, ready->arguments, result);
    return call_function(machine, function, ready->instance, ready->arguments, result);
}

static bool
evaluate_call(struct activation *activation, const struct expression *call, struct value *result)
{
    struct ready_call ready;
    return prepare_call(activation, call, false, &ready) && make_call(activation->machine, &ready, result);
}

static bool
evaluate_start(struct activation *activation, const struct expression *expression, struct value *result)
{
    struct machine *machine = activation->machine;
    struct ready_call ready;
    if (!prepare_call(activation, expression->operand, true, &ready))
        return false;
    struct handle handle = { .is_settled = true };
    if (!make_call(machine, &ready, &handle.value))
        handle.fault = machine->fault;
    machine->fault = NULL;
    *result = new_handle(machine, handle);
    return true;
}

/* ---- awaits ---- */

static bool
take_from(struct machine *machine, struct value number, struct value *result)
{
    const struct handle *handle = find_settled(machine, number);
    if (handle == NULL)
        return false;
    machine->fault = handle->fault;
    *result = handle->value;
    return handle->fault == NULL;
}

static bool
await_all(struct machine *machine, const struct value *tasks, struct value *result)
{
    int64_t count = tasks->as.list.count;
    struct value *items = heap_values(&machine->heap, count);
    for (int64_t index = 0; index < count; index++) {
        if (!take_from(machine, tasks->as.list.items[index], &items[index]))
            return false;
    }
    *result = value_list(items, count);
    return true;
}

static bool
await_any(struct machine *machine, const struct value *tasks, struct value *result)
{
    bool is_right = tasks->as.list.count == 0 && throw_built_in(machine, "NullValue");
    for (int64_t index = 0; index < tasks->as.list.count && !is_right; index++)
        is_right = take_from(machine, tasks->as.list.items[index], result);
    return is_right;
}

static bool
evaluate_await(struct activation *activation, const struct expression *expression, struct value *result)
{
    struct machine *machine = activation->machine;
    enum await_kind kind = expression->as.await.kind;
    const struct expression *within = expression->as.await.within;
    bool is_own = kind == AWAIT_USE || kind == AWAIT_SERVICE;
    struct value operand = { 0 }, duration;
    struct ready_call ready;
    *result = (struct value){ 0 };
    if (is_own || kind == AWAIT_SUBROUTINE || kind == AWAIT_STEP)
        return prepare_call(activation, expression->operand, is_own, &ready) &&
               (within == NULL || evaluate(activation, within, &duration)) && make_call(machine, &ready, result);
    if (expression->operand != NULL && !evaluate(activation, expression->operand, &operand))
        return false;
    if (within != NULL && !evaluate(activation, within, &duration))
        return false;
    switch ((int)kind) {
    case AWAIT_TASK:
    case AWAIT_PROMISE: return take_from(machine, operand, result);
    case AWAIT_ALL: return await_all(machine, &operand, result);
    case AWAIT_ANY: return await_any(machine, &operand, result);
    default: return true;
    }
}

/* resolve and reject: the first wins. */
static bool
evaluate_settlement(struct activation *activation, const struct expression *expression)
{
    struct machine *machine = activation->machine;
    struct value promise, value = { 0 };
    if (!evaluate(activation, expression->left, &promise) ||
        (expression->right != NULL && !evaluate(activation, expression->right, &value)))
        return false;
    if (promise.as.integer == 0)
        return throw_built_in(machine, "NullValue");
    struct handle *handle = &machine->handles[promise.as.integer - 1];
    if (handle->is_settled)
        return true;
    *handle = (struct handle){ .is_settled = true, .value = value };
    if (expression->kind == EXPRESSION_RESOLVE)
        return true;
    const struct type *type = expression->right->type;
    struct fault *fault = heap_take(&machine->heap, sizeof *fault);
    *fault = (struct fault){ .name = type->kind == TYPE_ERROR ? type->declaration.structure->name : (struct text){ 0 },
                             .type = type,
                             .members = value };
    handle->fault = type->kind == TYPE_ANY_ERROR ? value.as.fault : fault;
    return true;
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
    case EXPRESSION_STATE: *result = activation->instance->state.as.list.items[state_index(expression)]; return true;
    case EXPRESSION_KEY: *result = activation->instance->key; return true;
    case EXPRESSION_START: return evaluate_start(activation, expression, result);
    case EXPRESSION_PROMISE: *result = new_handle(machine, (struct handle){ 0 }); return true;
    case EXPRESSION_RESOLVE:
    case EXPRESSION_REJECT: return evaluate_settlement(activation, expression);
    default: return throw_built_in(machine, "NotInterpreted");
    }
}
