/* Statements, calls, and the functions outside of the program: see interpret.h. */
#include "tests/opinion/interpret.h"

/* As many calls as may be open: language.md, section 5. */
enum { DEPTH_MAX = 1000 };

/* What a statement leads to. */
enum flow { FLOW_NEXT, FLOW_BREAK, FLOW_CONTINUE, FLOW_RETURN, FLOW_THROW };

static enum flow execute(struct activation *activation, const struct statement *statement);

bool
throw_built_in(struct machine *machine, const char *name)
{
    struct fault *fault = heap_take(&machine->heap, sizeof *fault);
    *fault = (struct fault){ .name = text_from_string(name) };
    machine->fault = fault;
    return false;
}

static bool
throw_declared(struct machine *machine, const struct type *type, struct value members)
{
    struct fault *fault = heap_take(&machine->heap, sizeof *fault);
    *fault = (struct fault){ .name = type->declaration.structure->name, .type = type, .members = members };
    machine->fault = fault;
    return false;
}

/* ---- calls ---- */

/* The routine has failed: its compensations run, the last one first; their own errors change nothing. */
static void
compensate(struct activation *activation)
{
    struct machine *machine = activation->machine;
    const struct fault *fault = machine->fault;
    for (struct compensation *next = activation->compensations; next != NULL; next = next->before) {
        int64_t count = (int64_t)next->function->variable_count;
        struct activation body = { .machine = machine, .function = next->function, .instance = activation->instance };
        body.locals = heap_values(&machine->heap, count);
        memcpy(body.locals, next->locals, (size_t)count * sizeof *body.locals);
        if (execute(&body, next->function->body) == FLOW_THROW)
            compensate(&body);
    }
    machine->fault = fault;
}

bool
call_function(struct machine *machine, const struct function *function, struct instance *instance,
              const struct value *arguments, struct value *result)
{
    heap_step(&machine->heap);
    if (machine->depth >= DEPTH_MAX)
        return throw_built_in(machine, "StackOverflow");
    struct activation activation = { .machine = machine, .function = function, .instance = instance };
    activation.locals = heap_values(&machine->heap, (int64_t)function->variable_count);
    memset(activation.locals, 0, function->variable_count * sizeof *activation.locals);
    for (size_t index = 0; index < function->parameter_count; index++)
        activation.locals[index] = arguments[index];
    machine->depth++;
    enum flow flow = execute(&activation, function->body);
    if (flow == FLOW_THROW)
        compensate(&activation);
    machine->depth--;
    if (flow == FLOW_RETURN)
        *result = machine->result;
    return flow != FLOW_THROW;
}

bool
invoke(struct machine *machine, const struct function *function, struct instance *instance,
       const struct value *arguments, struct value *result)
{
    int depth = machine->depth;
    machine->depth = 0;
    bool is_right = call_function(machine, function, instance, arguments, result);
    machine->depth = depth;
    return is_right;
}

/* The steps and native functions of steps.dsy, as steps.c computes them. */
bool
call_outside(struct machine *machine, const struct function *function, const struct value *arguments,
             struct value *result)
{
    struct text name = function->name;
    if (text_equal_string(name, "step_number")) {
        int64_t number = arguments[0].as.integer;
        if (number % 8 == 7)
            return throw_declared(machine, function->throws[0], value_list(heap_keep(&machine->heap, arguments[0]), 1));
        *result = value_integer(number % 97 * 3 + 1);
    } else if (text_equal_string(name, "step_text")) {
        struct value number = value_integer(arguments[1].as.integer % 100);
        struct type integer = { .kind = TYPE_INT64 };
        struct value digits = text_of_value(&machine->heap, &integer, &number);
        struct printer printer = { .heap = &machine->heap };
        struct text text = arguments[0].as.text;
        printer_add(&printer, text.data, text.size_bytes > 40 ? 0 : text.size_bytes);
        printer_add(&printer, digits.as.text.data, digits.as.text.size_bytes);
        *result = printer_value(&printer);
    } else if (text_equal_string(name, "native_mix")) {
        *result = value_integer(arguments[0].as.integer % 1000 * 7 - arguments[1].as.integer % 1000);
    } else {
        *result = value_boolean(arguments[0].as.integer % 3 == 0);
    }
    return true;
}

/* ---- loops ---- */

/* Whether a loop goes on after its body; else *flow is what the loop leads to. */
static bool
goes_on(enum flow *flow)
{
    if (*flow == FLOW_NEXT || *flow == FLOW_CONTINUE) {
        *flow = FLOW_NEXT;
        return true;
    }
    if (*flow == FLOW_BREAK)
        *flow = FLOW_NEXT;
    return false;
}

/* Evaluates a condition; an absent one holds. Returns whether it holds; *flow is THROW when it threw. */
static bool
holds(struct activation *activation, const struct expression *condition, enum flow *flow)
{
    struct value value = value_boolean(true);
    if (condition != NULL && !evaluate(activation, condition, &value)) {
        *flow = FLOW_THROW;
        return false;
    }
    return value.as.boolean;
}

static enum flow
execute_while(struct activation *activation, const struct statement *statement)
{
    enum flow flow = FLOW_NEXT;
    bool is_first_round_of_do = statement->kind == STATEMENT_DO;
    if (statement->kind == STATEMENT_FOR && statement->initialise != NULL)
        flow = execute(activation, statement->initialise);
    if (flow != FLOW_NEXT)
        return flow;
    while (is_first_round_of_do || holds(activation, statement->condition, &flow)) {
        is_first_round_of_do = false;
        heap_step(&activation->machine->heap);
        flow = execute(activation, statement->body);
        if (!goes_on(&flow))
            return flow;
        if (statement->step != NULL && (flow = execute(activation, statement->step)) != FLOW_NEXT)
            return flow;
    }
    return flow;
}

static enum flow
execute_for_items(struct activation *activation, const struct statement *statement)
{
    struct value list;
    if (!evaluate(activation, statement->value, &list))
        return FLOW_THROW;
    bool is_map = statement->kind == STATEMENT_FOR_MAP;
    for (int64_t index = 0; index < list.as.list.count; index += is_map ? 2 : 1) {
        heap_step(&activation->machine->heap);
        activation->locals[statement->variable->index] = list.as.list.items[index];
        if (is_map)
            activation->locals[statement->second_variable->index] = list.as.list.items[index + 1];
        enum flow flow = execute(activation, statement->body);
        if (!goes_on(&flow))
            return flow;
    }
    return FLOW_NEXT;
}

static enum flow
execute_for_range(struct activation *activation, const struct statement *statement)
{
    struct value begin, end;
    if (!evaluate(activation, statement->value, &begin) || !evaluate(activation, statement->limit, &end))
        return FLOW_THROW;
    const struct type *type = statement->variable->type;
    for (struct value count = begin; value_compare(type, &count, &end) < 0;) {
        heap_step(&activation->machine->heap);
        activation->locals[statement->variable->index] = count;
        enum flow flow = execute(activation, statement->body);
        if (!goes_on(&flow))
            return flow;
        count.as.natural++; /* below the limit: fits, signed or not */
    }
    return FLOW_NEXT;
}

/* ---- switch, try ---- */

/* The case that a value goes to; NULL if none. */
static const struct switch_case *
choose(struct activation *activation, const struct statement *statement, const struct value *value)
{
    const struct switch_case *otherwise = NULL;
    const struct type *type = statement->value->type;
    for (size_t index = 0; index < statement->case_count; index++) {
        const struct switch_case *chosen = &statement->cases[index];
        if (chosen->is_default)
            otherwise = chosen;
        for (size_t variant = 0; variant < chosen->variant_count; variant++) {
            if (chosen->variants[variant] == value->as.choice.variant)
                return chosen;
        }
        for (size_t number = 0; number < chosen->label_count; number++) {
            struct value label;
            evaluate(activation, chosen->labels[number], &label);
            if (value_equal(type, &label, value))
                return chosen;
        }
    }
    return otherwise;
}

static enum flow
execute_switch(struct activation *activation, const struct statement *statement)
{
    struct value value;
    if (!evaluate(activation, statement->value, &value))
        return FLOW_THROW;
    const struct switch_case *chosen = choose(activation, statement, &value);
    if (chosen == NULL)
        return FLOW_NEXT;
    if (chosen->binding != NULL)
        activation->locals[chosen->binding->index] = *value.as.choice.payload;
    enum flow flow = execute(activation, chosen->body);
    return flow == FLOW_BREAK ? FLOW_NEXT : flow;
}

static bool
catches(const struct catch_clause *clause, const struct fault *fault)
{
    if (clause->error->kind == TYPE_ANY_ERROR)
        return true;
    if (fault->type != NULL)
        return clause->error == fault->type;
    return clause->error->declaration.structure->is_built_in &&
           text_equal(clause->error->declaration.structure->name, fault->name);
}

static enum flow
execute_catch(struct activation *activation, const struct catch_clause *clause)
{
    struct machine *machine = activation->machine;
    const struct fault *fault = machine->fault, *outer = activation->caught;
    machine->fault = NULL;
    if (clause->error->kind == TYPE_ANY_ERROR)
        activation->locals[clause->variable->index] = (struct value){ .as.fault = fault };
    else
        activation->locals[clause->variable->index] = fault->members;
    activation->caught = fault;
    enum flow flow = execute(activation, clause->body);
    activation->caught = outer;
    return flow;
}

static enum flow
execute_try(struct activation *activation, const struct statement *statement)
{
    struct machine *machine = activation->machine;
    enum flow flow = execute(activation, statement->body);
    for (size_t index = 0; flow == FLOW_THROW && index < statement->catch_count; index++) {
        if (catches(&statement->catches[index], machine->fault)) {
            flow = execute_catch(activation, &statement->catches[index]);
            break;
        }
    }
    if (statement->finally_body == NULL)
        return flow;
    const struct fault *fault = machine->fault;
    struct value result = machine->result;
    enum flow last = execute(activation, statement->finally_body);
    if (last != FLOW_NEXT)
        return last;
    machine->fault = fault;
    machine->result = result;
    return flow;
}

/* ---- tasks, promises, events ---- */

struct value
new_handle(struct machine *machine, struct handle handle)
{
    if (machine->handle_count == HANDLES_MAX)
        longjmp(machine->heap.give_up, 1);
    machine->handles[machine->handle_count++] = handle;
    return value_integer(machine->handle_count);
}

const struct handle *
find_settled(struct machine *machine, struct value handle)
{
    if (handle.as.integer == 0) {
        throw_built_in(machine, "NullValue");
        return NULL;
    }
    const struct handle *found = &machine->handles[handle.as.integer - 1];
    if (!found->is_settled)
        longjmp(machine->heap.give_up, 1);
    return found;
}

static bool
is_ready(const struct machine *machine, const struct select_case *source, struct value value)
{
    return source->is_after || value.as.integer == 0 || machine->handles[value.as.integer - 1].is_settled;
}

/* What is ready wins over the time, wherever that is written. */
static enum flow
execute_select(struct activation *activation, const struct statement *statement)
{
    struct machine *machine = activation->machine;
    size_t count = statement->select_case_count, chosen = count;
    struct value *values = heap_values(&machine->heap, (int64_t)count);
    for (size_t index = 0; index < count; index++) {
        if (!evaluate(activation, statement->select_cases[index].source, &values[index]))
            return FLOW_THROW;
    }
    for (size_t index = 0; index < count; index++) {
        const struct select_case *source = &statement->select_cases[index];
        bool is_better = chosen == count || statement->select_cases[chosen].is_after;
        if (is_better && !(source->is_after && chosen != count) && is_ready(machine, source, values[index]))
            chosen = index;
    }
    if (chosen == count)
        longjmp(machine->heap.give_up, 1);
    const struct select_case *taken = &statement->select_cases[chosen];
    if (!taken->is_after) {
        const struct handle *handle = find_settled(machine, values[chosen]);
        if (handle != NULL && handle->fault != NULL)
            machine->fault = handle->fault;
        if (handle == NULL || handle->fault != NULL)
            return FLOW_THROW;
        if (taken->binding != NULL)
            activation->locals[taken->binding->index] = handle->value;
    }
    enum flow flow = execute(activation, taken->body);
    return flow == FLOW_BREAK ? FLOW_NEXT : flow;
}

static void
publish(struct machine *machine, const struct type *type, const struct value *event)
{
    const struct program *program = machine->program;
    for (size_t index = 0; index < program->service_count; index++) {
        const struct service *service = program->services[index];
        for (size_t number = 0; number < service->subscription_count; number++) {
            struct value dropped;
            if (service->subscriptions[number].event->type == type)
                invoke(machine, service->subscriptions[number].routine, NULL, event, &dropped);
            machine->fault = NULL;
        }
    }
}

static void
register_compensation(struct activation *activation, const struct function *function)
{
    struct heap *heap = &activation->machine->heap;
    int64_t count = (int64_t)function->variable_count;
    struct value *locals = heap_values(heap, count);
    memcpy(locals, activation->locals, (size_t)count * sizeof *locals);
    struct compensation *compensation = heap_take(heap, sizeof *compensation);
    *compensation = (struct compensation){ activation->compensations, function, locals };
    activation->compensations = compensation;
}

/* ---- the others ---- */

static enum flow
execute_assign(struct activation *activation, const struct statement *statement)
{
    struct machine *machine = activation->machine;
    struct place place;
    struct value value, before;
    if (!place_find(activation, statement->target, &place) || !evaluate(activation, statement->value, &value))
        return FLOW_THROW;
    if (statement->has_operator) {
        const struct type *type = statement->target->type;
        if (!place_read(machine, &place, &before) ||
            !operate(machine, statement->operator, type, &before, statement->value->type, &value, &value))
            return FLOW_THROW;
    }
    return place_write(machine, &place, value) ? FLOW_NEXT : FLOW_THROW;
}

static enum flow
execute_block(struct activation *activation, const struct statement *statement)
{
    enum flow flow = FLOW_NEXT;
    for (size_t index = 0; index < statement->statement_count && flow == FLOW_NEXT; index++)
        flow = execute(activation, statement->statements[index]);
    return flow;
}

static enum flow
execute_if(struct activation *activation, const struct statement *statement)
{
    enum flow flow = FLOW_NEXT;
    bool is_true = holds(activation, statement->condition, &flow);
    if (flow == FLOW_THROW)
        return flow;
    if (is_true)
        return execute(activation, statement->body);
    return statement->else_body != NULL ? execute(activation, statement->else_body) : FLOW_NEXT;
}

static enum flow
execute(struct activation *activation, const struct statement *statement)
{
    struct machine *machine = activation->machine;
    struct value value = { 0 };
    heap_step(&machine->heap);
    switch ((int)statement->kind) {
    case STATEMENT_BLOCK: return execute_block(activation, statement);
    case STATEMENT_VARIABLE:
        if (!evaluate(activation, statement->value, &value))
            return FLOW_THROW;
        activation->locals[statement->variable->index] = value;
        return FLOW_NEXT;
    case STATEMENT_ASSIGN: return execute_assign(activation, statement);
    case STATEMENT_EXPRESSION: return evaluate(activation, statement->value, &value) ? FLOW_NEXT : FLOW_THROW;
    case STATEMENT_IF: return execute_if(activation, statement);
    case STATEMENT_WHILE:
    case STATEMENT_DO:
    case STATEMENT_FOR: return execute_while(activation, statement);
    case STATEMENT_FOR_ARRAY:
    case STATEMENT_FOR_MAP: return execute_for_items(activation, statement);
    case STATEMENT_FOR_RANGE: return execute_for_range(activation, statement);
    case STATEMENT_SWITCH: return execute_switch(activation, statement);
    case STATEMENT_BREAK: return FLOW_BREAK;
    case STATEMENT_CONTINUE: return FLOW_CONTINUE;
    case STATEMENT_RETURN:
        if (statement->value != NULL && !evaluate(activation, statement->value, &value))
            return FLOW_THROW;
        machine->result = value;
        return FLOW_RETURN;
    case STATEMENT_THROW:
        if (evaluate(activation, statement->value, &value))
            throw_declared(machine, statement->value->type, value);
        return FLOW_THROW;
    case STATEMENT_RETHROW: machine->fault = activation->caught; return FLOW_THROW;
    case STATEMENT_TRY: return execute_try(activation, statement);
    case STATEMENT_SELECT: return execute_select(activation, statement);
    case STATEMENT_COMPENSATE: register_compensation(activation, statement->compensation); return FLOW_NEXT;
    case STATEMENT_CANCEL:
        if (evaluate(activation, statement->value, &value) && value.as.integer == 0)
            throw_built_in(machine, "NullValue");
        return machine->fault != NULL ? FLOW_THROW : FLOW_NEXT;
    case STATEMENT_PUBLISH:
        if (!evaluate(activation, statement->value, &value))
            return FLOW_THROW;
        publish(machine, statement->value->type, &value);
        return FLOW_NEXT;
    default: throw_built_in(machine, "NotInterpreted"); return FLOW_THROW;
    }
}

const char *
interpret(struct machine *machine, const struct program *program, const struct function *routine)
{
    heap_begin(&machine->heap);
    machine->program = program;
    machine->depth = 0;
    machine->fault = NULL;
    machine->instances = NULL;
    machine->handle_count = 0;
    if (setjmp(machine->heap.give_up) != 0)
        return NULL;
    struct value result = { 0 };
    struct printer printer = { .heap = &machine->heap };
    if (call_function(machine, routine, NULL, NULL, &result)) {
        printer_add_string(&printer, "result ");
        print_json(&printer, routine->result, &result);
    } else {
        printer_add_string(&printer, "error ");
        print_fault(&printer, machine->fault);
    }
    printer_add(&printer, "", 1);
    return printer.data;
}
