/* Checked trees made by hand. See checked.h. */
#include "tests/support/checked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static jmp_buf out_of_memory;

static struct type *
new_type(struct maker *maker, enum type_kind kind, const char *name)
{
    struct type *type = arena_new(&maker->arena, struct type);
    type->kind = kind;
    type->name = text_from_string(name);
    type->c_name = type->name;
    type->index = (uint32_t)maker->types.count;
    vector_add(&maker->arena, &maker->types, type);
    return type;
}

static struct function *
new_function(struct maker *maker, const char *name, enum colour colour)
{
    struct function *function = arena_new(&maker->arena, struct function);
    function->name = text_from_string(name);
    function->qualified_name = function->name;
    function->c_name = function->name;
    function->colour = colour;
    function->result = maker->int_type;
    function->index = (uint32_t)maker->functions.count;
    vector_add(&maker->arena, &maker->functions, function);
    return function;
}

struct maker *
maker_new(void)
{
    struct maker *maker = calloc(1, sizeof *maker);
    if (maker == NULL || setjmp(out_of_memory) != 0) {
        fputs("no memory for a test\n", stderr);
        abort();
    }
    arena_initialise(&maker->arena, &out_of_memory);
    maker->void_type = new_type(maker, TYPE_VOID, "void");
    maker->bool_type = new_type(maker, TYPE_BOOL, "bool");
    maker->int_type = new_type(maker, TYPE_INT64, "int");
    maker->string_type = new_type(maker, TYPE_STRING, "string");
    maker->error_type = new_type(maker, TYPE_ANY_ERROR, "error");
    struct type *ints = new_type(maker, TYPE_ARRAY, "int[]");
    ints->element = maker->int_type;
    ints->holds_blocks = true;
    maker->ints_type = ints;
    struct type *optional = new_type(maker, TYPE_OPTIONAL, "int?");
    optional->element = maker->int_type;
    maker->optional_type = optional;
    struct type *oops = new_type(maker, TYPE_ERROR, "Oops");
    struct struct_declaration *declaration = arena_new(&maker->arena, struct struct_declaration);
    declaration->kind = STRUCTURE_ERROR;
    declaration->name = declaration->qualified_name = declaration->c_name = oops->name;
    declaration->type = oops;
    oops->declaration.structure = declaration;
    maker->oops_type = oops;
    maker->pure = new_function(maker, "f", COLOUR_NATIVE);
    maker->routine = new_function(maker, "g", COLOUR_STEP);
    maker->function = new_function(maker, "test", COLOUR_PURE);
    return maker;
}

void
maker_add_tasks(struct maker *maker)
{
    struct type *task = new_type(maker, TYPE_TASK, "task<int>");
    task->c_name = TEXT("task_int");
    task->element = maker->int_type;
    maker->task_type = task;
    struct type *tasks = new_type(maker, TYPE_ARRAY, "task<int>[]");
    tasks->c_name = TEXT("array_task_int");
    tasks->element = task;
    tasks->holds_blocks = true;
    maker->tasks_type = tasks;
    struct type *void_task = new_type(maker, TYPE_TASK, "task<void>");
    void_task->c_name = TEXT("task_void");
    void_task->element = maker->void_type;
    maker->void_task_type = void_task;
    struct type *promise = new_type(maker, TYPE_PROMISE, "promise<int>");
    promise->c_name = TEXT("promise_int");
    promise->element = maker->int_type;
    maker->promise_type = promise;
    maker->duration_type = new_type(maker, TYPE_DURATION, "duration");
    struct type *cancelled = new_type(maker, TYPE_ERROR, "Cancelled");
    struct struct_declaration *declaration = arena_new(&maker->arena, struct struct_declaration);
    declaration->kind = STRUCTURE_ERROR;
    declaration->name = declaration->qualified_name = declaration->c_name = cancelled->name;
    declaration->is_built_in = true;
    declaration->type = cancelled;
    cancelled->declaration.structure = declaration;
    maker->cancelled_type = cancelled;
    struct variable *parameter = arena_new(&maker->arena, struct variable);
    parameter->name = parameter->c_name = TEXT("n");
    parameter->type = maker->int_type;
    parameter->is_parameter = true;
    const struct variable **parameters = arena_new_array(&maker->arena, const struct variable *, 1);
    struct variable **variables = arena_new_array(&maker->arena, struct variable *, 1);
    parameters[0] = variables[0] = parameter;
    maker->worker = new_function(maker, "w", COLOUR_ROUTINE);
    maker->worker->parameters = parameters;
    maker->worker->variables = variables;
    maker->worker->parameter_count = maker->worker->variable_count = 1;
    maker->worker->body = make_block(maker, 1, make_return(maker, make_read(maker, parameter)));
}

void
maker_add_state(struct maker *maker)
{
    struct member *members = arena_new_array(&maker->arena, struct member, 2);
    members[0] = (struct member){ .name = TEXT("balance"), .type = maker->int_type, .number = 1 };
    members[1] = (struct member){ .name = TEXT("items"), .type = maker->ints_type, .number = 2 };
    members[0].c_name = members[0].name;
    members[1].c_name = members[1].name;
    struct type *type = new_type(maker, TYPE_STRUCT, "Account.state");
    type->c_name = TEXT("Account_state");
    type->holds_blocks = true;
    struct struct_declaration *state = arena_new(&maker->arena, struct struct_declaration);
    state->name = state->qualified_name = type->name;
    state->c_name = type->c_name;
    state->members = members;
    state->member_count = 2;
    state->type = type;
    type->declaration.structure = state;
    struct variable *key = arena_new(&maker->arena, struct variable);
    key->name = key->c_name = TEXT("id");
    key->type = maker->string_type;
    struct service *service = arena_new(&maker->arena, struct service);
    service->name = service->qualified_name = service->c_name = TEXT("Account");
    service->key = key;
    service->state = state;
    maker->account = service;
    maker->function->service = service;
}

void
maker_free(struct maker *maker)
{
    arena_free(&maker->arena);
    free(maker);
}

static struct variable *
new_variable(struct maker *maker, const char *name, const struct type *type)
{
    struct variable *variable = arena_new(&maker->arena, struct variable);
    variable->name = variable->c_name = text_from_string(name);
    variable->type = type;
    variable->index = (uint32_t)maker->variables.count;
    vector_add(&maker->arena, &maker->variables, variable);
    return variable;
}

struct variable *
maker_parameter(struct maker *maker, const char *name, const struct type *type)
{
    struct variable *variable = new_variable(maker, name, type);
    variable->is_parameter = true;
    vector_add(&maker->arena, &maker->parameters, variable);
    return variable;
}

struct variable *
maker_variable(struct maker *maker, const char *name, const struct type *type)
{
    return new_variable(maker, name, type);
}

void
maker_body(struct maker *maker, enum colour colour, const struct type *result, const struct statement *body)
{
    struct function *function = maker->function;
    function->colour = colour;
    function->result = result;
    function->body = body;
    function->parameters = (const struct variable *const *)maker->parameters.items;
    function->parameter_count = maker->parameters.count;
    function->variables = maker->variables.items;
    function->variable_count = maker->variables.count;
}

const struct machines *
maker_machines(struct maker *maker)
{
    struct program *program = arena_new(&maker->arena, struct program);
    program->module = TEXT("test");
    program->types = maker->types.items;
    program->type_count = maker->types.count;
    program->functions = maker->functions.items;
    program->function_count = maker->functions.count;
    if (maker->account != NULL) {
        const struct service **services = arena_new_array(&maker->arena, const struct service *, 1);
        services[0] = maker->account;
        program->services = services;
        program->service_count = 1;
    }
    return lower(&maker->arena, NULL, program);
}

const struct machine *
maker_machine(struct maker *maker)
{
    return maker_machines(maker)->machines[0];
}

const char *
maker_cfg(struct maker *maker)
{
    struct machines machines = *maker_machines(maker);
    struct text_builder builder;
    text_builder_initialise(&builder, &maker->arena);
    struct machine **shown = arena_new_array(&maker->arena, struct machine *, machines.machine_count);
    size_t count = 0;
    for (size_t index = 0; index < machines.machine_count; index++) {
        machine_verify(&maker->arena, machines.machines[index], &builder);
        if (machines.machines[index]->function != maker->worker)
            shown[count++] = machines.machines[index];
    }
    machines.machines = shown;
    machines.machine_count = count;
    machines_print_cfg(&builder, &machines);
    return text_builder_text(&builder).data;
}

/* ---- expressions ---- */

static struct expression *
new_expression(struct maker *maker, enum expression_kind kind, const struct type *type)
{
    struct expression *expression = arena_new(&maker->arena, struct expression);
    expression->kind = kind;
    expression->type = type;
    return expression;
}

/* Take the flags of an operand over. */
static made
with_flags_of(struct expression *expression, made operand)
{
    if (operand != NULL) {
        expression->has_await |= operand->has_await;
        expression->has_effect |= operand->has_effect;
        expression->can_throw |= operand->can_throw;
    }
    return expression;
}

made
make_read(struct maker *maker, struct variable *variable)
{
    struct expression *expression = new_expression(maker, EXPRESSION_VARIABLE, variable->type);
    expression->as.variable = variable;
    return expression;
}

made
make_int(struct maker *maker, int64_t value)
{
    struct expression *expression = new_expression(maker, EXPRESSION_LITERAL, maker->int_type);
    expression->as.literal.integer = value;
    return expression;
}

made
make_bool(struct maker *maker, bool value)
{
    struct expression *expression = new_expression(maker, EXPRESSION_LITERAL, maker->bool_type);
    expression->as.literal.boolean = value;
    return expression;
}

static made
two_operands(struct expression *expression, made left, made right)
{
    expression->left = left;
    expression->right = right;
    with_flags_of(expression, left);
    return with_flags_of(expression, right);
}

made
make_binary(struct maker *maker, enum binary_operator sign, made left, made right)
{
    const struct type *type = sign >= BINARY_EQUAL ? maker->bool_type : left->type;
    struct expression *expression = new_expression(maker, EXPRESSION_BINARY, type);
    expression->as.binary = sign;
    expression->can_throw = sign <= BINARY_MODULO;
    return two_operands(expression, left, right);
}

made
make_and(struct maker *maker, made left, made right)
{
    return two_operands(new_expression(maker, EXPRESSION_LOGICAL_AND, maker->bool_type), left, right);
}

made
make_or(struct maker *maker, made left, made right)
{
    return two_operands(new_expression(maker, EXPRESSION_LOGICAL_OR, maker->bool_type), left, right);
}

made
make_not(struct maker *maker, made operand)
{
    struct expression *expression = new_expression(maker, EXPRESSION_UNARY, maker->bool_type);
    expression->as.unary = UNARY_NOT;
    expression->operand = operand;
    return with_flags_of(expression, operand);
}

made
make_choice(struct maker *maker, made condition, made left, made right)
{
    struct expression *expression = new_expression(maker, EXPRESSION_CONDITIONAL, left->type);
    expression->condition = condition;
    with_flags_of(expression, condition);
    return two_operands(expression, left, right);
}

made
make_coalesce(struct maker *maker, made left, made right)
{
    return two_operands(new_expression(maker, EXPRESSION_COALESCE, right->type), left, right);
}

made
make_index(struct maker *maker, made operand, made index)
{
    struct expression *expression = new_expression(maker, EXPRESSION_INDEX, operand->type->element);
    expression->operand = operand;
    expression->index = index;
    with_flags_of(expression, operand);
    with_flags_of(expression, index);
    expression->can_throw = true;
    return expression;
}

static const struct expression *const *
one_argument(struct maker *maker, made argument)
{
    const struct expression **arguments = arena_new_array(&maker->arena, const struct expression *, 1);
    arguments[0] = argument;
    return arguments;
}

made
make_method(struct maker *maker, enum built_in_method method, made operand, const struct type *type, made argument)
{
    struct expression *expression = new_expression(maker, EXPRESSION_METHOD, type);
    expression->as.method = method;
    expression->operand = operand;
    bool mutates = method >= METHOD_ARRAY_PUSH && method <= METHOD_ARRAY_REMOVE;
    expression->has_effect = mutates;
    expression->can_throw = mutates;
    with_flags_of(expression, operand);
    if (argument != NULL) {
        expression->arguments = one_argument(maker, argument);
        expression->argument_count = 1;
    }
    return with_flags_of(expression, argument);
}

static struct expression *
new_call(struct maker *maker, const struct function *function, made argument)
{
    struct expression *expression = new_expression(maker, EXPRESSION_CALL, function->result);
    expression->as.call.function = function;
    expression->arguments = one_argument(maker, argument);
    expression->argument_count = 1;
    with_flags_of(expression, argument);
    expression->can_throw = true;
    return expression;
}

made
make_call(struct maker *maker, made argument)
{
    return new_call(maker, maker->pure, argument);
}

made
make_await(struct maker *maker, made argument)
{
    struct expression *expression = new_expression(maker, EXPRESSION_AWAIT, maker->routine->result);
    expression->as.await.kind = AWAIT_STEP;
    expression->operand = new_call(maker, maker->routine, argument);
    expression->has_await = true;
    expression->has_effect = true;
    expression->can_throw = true;
    return expression;
}

made
make_oops(struct maker *maker)
{
    return new_expression(maker, EXPRESSION_STRUCT, maker->oops_type);
}

made
make_array(struct maker *maker, const struct type *type, size_t count, ...)
{
    struct expression *expression = new_expression(maker, EXPRESSION_ARRAY, type);
    made *arguments = arena_new_array(&maker->arena, made, count + 1);
    va_list list;
    va_start(list, count);
    for (size_t index = 0; index < count; index++) {
        arguments[index] = va_arg(list, made);
        with_flags_of(expression, arguments[index]);
    }
    va_end(list);
    expression->arguments = arguments;
    expression->argument_count = count;
    expression->can_throw |= count > 0;
    return expression;
}

made
make_start(struct maker *maker, made argument)
{
    struct expression *call = new_expression(maker, EXPRESSION_CALL, maker->int_type);
    made *arguments = arena_new_array(&maker->arena, made, 1);
    arguments[0] = argument;
    call->arguments = arguments;
    call->argument_count = 1;
    call->as.call.function = maker->worker;
    call->can_throw = true;
    with_flags_of(call, argument);
    struct expression *expression = new_expression(maker, EXPRESSION_START, maker->task_type);
    expression->operand = call;
    expression->as.start.kind = AWAIT_SUBROUTINE;
    with_flags_of(expression, call);
    expression->has_effect = true;
    return expression;
}

made
make_promise(struct maker *maker)
{
    struct expression *expression = new_expression(maker, EXPRESSION_PROMISE, maker->promise_type);
    expression->has_effect = true;
    return expression;
}

made
make_resolve(struct maker *maker, made promise, made value)
{
    struct expression *expression = new_expression(maker, EXPRESSION_RESOLVE, maker->void_type);
    expression->has_effect = true;
    return two_operands(expression, promise, value);
}

made
make_reject(struct maker *maker, made promise, made error)
{
    struct expression *expression = new_expression(maker, EXPRESSION_REJECT, maker->void_type);
    expression->has_effect = true;
    return two_operands(expression, promise, error);
}

made
make_await_of(struct maker *maker, enum await_kind kind, const struct type *type, made operand, made within)
{
    struct expression *expression = new_expression(maker, EXPRESSION_AWAIT, type);
    expression->operand = operand;
    expression->as.await.kind = kind;
    expression->as.await.within = within;
    expression->has_await = expression->has_effect = expression->can_throw = true;
    return expression;
}

made
make_duration(struct maker *maker, int64_t nanoseconds)
{
    struct expression *expression = new_expression(maker, EXPRESSION_LITERAL, maker->duration_type);
    expression->as.literal.integer = nanoseconds;
    return expression;
}

made
make_state(struct maker *maker, size_t member)
{
    const struct member *found = &maker->account->state->members[member];
    struct expression *expression = new_expression(maker, EXPRESSION_STATE, found->type);
    expression->as.member = found;
    return expression;
}

made
make_key(struct maker *maker)
{
    return new_expression(maker, EXPRESSION_KEY, maker->string_type);
}

/* ---- statements ---- */

static struct statement *
new_statement(struct maker *maker, enum statement_kind kind)
{
    struct statement *statement = arena_new(&maker->arena, struct statement);
    statement->kind = kind;
    return statement;
}

done
make_block(struct maker *maker, size_t count, ...)
{
    struct statement *block = new_statement(maker, STATEMENT_BLOCK);
    const struct statement **statements = arena_new_array(&maker->arena, const struct statement *, count + 1);
    va_list list;
    va_start(list, count);
    for (size_t index = 0; index < count; index++)
        statements[index] = va_arg(list, done);
    va_end(list);
    block->statements = statements;
    block->statement_count = count;
    return block;
}

done
make_declare(struct maker *maker, struct variable *variable, made value)
{
    struct statement *statement = new_statement(maker, STATEMENT_VARIABLE);
    statement->variable = variable;
    statement->value = value;
    return statement;
}

/* Its root is a variable, or state. */
static void
mark_mutated(made target)
{
    struct variable *root = expression_root(target);
    if (root != NULL)
        root->is_mutated = true;
}

done
make_assign(struct maker *maker, made target, made value)
{
    struct statement *statement = new_statement(maker, STATEMENT_ASSIGN);
    statement->target = target;
    statement->value = value;
    mark_mutated(target);
    return statement;
}

done
make_assign_add(struct maker *maker, made target, made value)
{
    struct statement *statement = new_statement(maker, STATEMENT_ASSIGN);
    statement->target = target;
    statement->value = value;
    statement->has_operator = true; /* `operator` is zero: BINARY_ADD */
    mark_mutated(target);
    return statement;
}

done
make_do(struct maker *maker, made value)
{
    struct statement *statement = new_statement(maker, STATEMENT_EXPRESSION);
    statement->value = value;
    return statement;
}

done
make_if(struct maker *maker, made condition, done body, done else_body)
{
    struct statement *statement = new_statement(maker, STATEMENT_IF);
    statement->condition = condition;
    statement->body = body;
    statement->else_body = else_body;
    return statement;
}

done
make_while(struct maker *maker, made condition, done body)
{
    struct statement *statement = new_statement(maker, STATEMENT_WHILE);
    statement->condition = condition;
    statement->body = body;
    return statement;
}

done
make_for_array(struct maker *maker, struct variable *variable, made value, done body)
{
    struct statement *statement = new_statement(maker, STATEMENT_FOR_ARRAY);
    statement->variable = variable;
    statement->value = value;
    statement->body = body;
    return statement;
}

done
make_for_range(struct maker *maker, struct variable *variable, made from, made to, done body)
{
    struct statement *statement = new_statement(maker, STATEMENT_FOR_RANGE);
    statement->variable = variable;
    statement->value = from;
    statement->limit = to;
    statement->body = body;
    return statement;
}

done
make_simple(struct maker *maker, enum statement_kind kind)
{
    return new_statement(maker, kind);
}

done
make_return(struct maker *maker, made value)
{
    struct statement *statement = new_statement(maker, STATEMENT_RETURN);
    statement->value = value;
    return statement;
}

done
make_throw(struct maker *maker, made value)
{
    struct statement *statement = new_statement(maker, STATEMENT_THROW);
    statement->value = value;
    return statement;
}

done
make_try(struct maker *maker, done body, struct variable *variable, done catch_body, done finally_body)
{
    struct statement *statement = new_statement(maker, STATEMENT_TRY);
    statement->body = body;
    if (catch_body != NULL) {
        struct catch_clause *clause = arena_new(&maker->arena, struct catch_clause);
        clause->error = variable->type;
        clause->variable = variable;
        clause->body = catch_body;
        statement->catches = clause;
        statement->catch_count = 1;
    }
    statement->finally_body = finally_body;
    return statement;
}

done
make_cancel(struct maker *maker, made task)
{
    struct statement *statement = new_statement(maker, STATEMENT_CANCEL);
    statement->value = task;
    return statement;
}

done
make_compensate(struct maker *maker, done body, size_t count, ...)
{
    struct function *compensation = new_function(maker, "test.compensate_1", COLOUR_ROUTINE);
    const struct variable **copies = arena_new_array(&maker->arena, const struct variable *, count + 1);
    va_list list;
    va_start(list, count);
    for (size_t index = 0; index < count; index++)
        copies[index] = va_arg(list, struct variable *);
    va_end(list);
    compensation->c_name = TEXT("test_compensate_1");
    compensation->service = maker->function->service;
    compensation->result = maker->void_type;
    compensation->body = body;
    compensation->parameters = copies;
    compensation->parameter_count = count;
    compensation->variables = maker->variables.items;
    compensation->variable_count = maker->variables.count;
    compensation->outer = maker->function;
    struct statement *statement = new_statement(maker, STATEMENT_COMPENSATE);
    statement->compensation = compensation;
    return statement;
}

struct select_case *
make_case(struct maker *maker, made source, struct variable *binding, done body)
{
    struct select_case *select_case = arena_new(&maker->arena, struct select_case);
    *select_case = (struct select_case){ .source = source, .binding = binding, .body = body };
    return select_case;
}

struct select_case *
make_after(struct maker *maker, made duration, done body)
{
    struct select_case *select_case = make_case(maker, duration, NULL, body);
    select_case->is_after = true;
    return select_case;
}

done
make_select(struct maker *maker, size_t count, ...)
{
    struct statement *statement = new_statement(maker, STATEMENT_SELECT);
    struct select_case *cases = arena_new_array(&maker->arena, struct select_case, count + 1);
    va_list list;
    va_start(list, count);
    for (size_t index = 0; index < count; index++)
        cases[index] = *va_arg(list, struct select_case *);
    va_end(list);
    statement->select_cases = cases;
    statement->select_case_count = count;
    statement->has_await = true;
    return statement;
}
