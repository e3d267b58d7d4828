/* Builder: variables, blocks and instructions of the machine in the making. See builder.h. */
#include "compiler/lower/builder.h"

#include <assert.h>

#include "compiler/lower/compensation.h"
#include "compiler/lower/tree.h"

bool
draft_can_throw(const struct draft *draft)
{
    if (draft->block.terminator.can_throw)
        return true;
    for (size_t index = 0; index < draft->instructions.count; index++) {
        if (draft->instructions.items[index].can_throw)
            return true;
    }
    return false;
}

struct name_counter {
    unsigned next;
};

static void
claim_name(struct builder *builder, struct text name)
{
    struct name_counter *counter = arena_new(builder->arena, struct name_counter);
    counter->next = 2;
    map_put(&builder->c_names, name, counter);
}

/* Leaves a compensation's variables entered: see machine_leave. */
void
builder_initialise(struct builder *builder, struct lowering *shared, const struct function *function)
{
    *builder = (struct builder){ .shared = shared, .arena = shared->arena, .function = function };
    builder->is_shielded = function->outer != NULL; /* a compensation */
    map_initialise(&builder->c_names, builder->arena);
    if (function->outer != NULL)
        compensation_collect(builder);
    else
        for (size_t index = 0; index < function->variable_count; index++)
            vector_add(builder->arena, &builder->variables, function->variables[index]);
    for (size_t index = 0; index < builder->variables.count; index++) {
        struct variable *variable = builder->variables.items[index];
        assert(variable->index == index);
        vector_add(builder->arena, &builder->notes, ((struct variable_note){ .declared_under = NULL }));
        claim_name(builder, variable->c_name);
    }
}

/* ---- variables ---- */

static bool
is_name_taken(struct builder *builder, struct text name)
{
    return map_get(&builder->c_names, name) != NULL || map_get(&builder->shared->c_names, name) != NULL;
}

struct text
builder_unique_name(struct builder *builder, const char *hint)
{
    struct text name = text_from_string(hint);
    if (!is_name_taken(builder, name)) {
        name = text_copy(builder->arena, name);
        claim_name(builder, name);
        return name;
    }
    struct name_counter *counter = map_get(&builder->c_names, name);
    if (counter == NULL) { /* a function's name: count on from it all the same */
        claim_name(builder, text_copy(builder->arena, name));
        counter = map_get(&builder->c_names, name);
    }
    do
        name = text_format(builder->arena, "%s_%u", hint, counter->next++);
    while (is_name_taken(builder, name));
    claim_name(builder, name);
    return name;
}

struct variable *
builder_temporary(struct builder *builder, const struct type *type, const char *hint, bool single_use, struct span span)
{
    struct variable *variable = arena_new(builder->arena, struct variable);
    variable->name = builder_unique_name(builder, hint);
    variable->c_name = variable->name;
    variable->type = type;
    variable->is_temporary = true;
    variable->is_single_use = single_use;
    variable->index = (uint32_t)builder->variables.count;
    variable->span = span;
    vector_add(builder->arena, &builder->variables, variable);
    vector_add(builder->arena, &builder->notes, ((struct variable_note){ .declared_under = builder->handler }));
    return variable;
}

void
builder_declare(struct builder *builder, const struct variable *variable)
{
    builder->notes.items[variable->index].declared_under = builder->handler;
}

/* A handler stands outside the scope of every variable that was declared under it. */
bool
builder_is_visible_to_handler(const struct builder *builder, const struct variable *variable)
{
    return builder->handler != NULL && builder->notes.items[variable->index].declared_under != builder->handler;
}

/* ---- blocks ---- */

struct draft *
builder_block(struct builder *builder, const char *hint, struct span span)
{
    struct draft *draft = arena_new(builder->arena, struct draft);
    draft->hint = hint;
    if (builder->shared->sources != NULL && span.begin != 0)
        draft->line = sources_position(builder->shared->sources, span.begin).line;
    draft->block.span = span;
    draft->block.terminator.kind = TERMINATOR_UNREACHABLE;
    return draft;
}

void
builder_start(struct builder *builder, struct draft *draft)
{
    assert(builder->current == NULL);
    draft->block.handler = builder->handler;
    vector_add(builder->arena, &builder->blocks, draft);
    builder->current = draft;
}

void
builder_join(struct builder *builder, struct draft *draft)
{
    if (draft->is_targeted)
        builder_start(builder, draft);
    else
        builder->current = NULL;
}

/* ---- instructions ---- */

static void
add_instruction(struct builder *builder, struct instruction instruction)
{
    assert(builder->current != NULL);
    vector_add(builder->arena, &builder->current->instructions, instruction);
}

void
builder_assign(struct builder *builder, const struct expression *target, const struct expression *value,
               struct span span)
{
    add_instruction(builder, (struct instruction){
                                 .kind = INSTRUCTION_ASSIGN,
                                 .span = span,
                                 .can_throw = value->can_throw || target->can_throw || tree_lvalue_is_boxed(target),
                                 .is_new_value = expression_is_new_value(value),
                                 .target = target,
                                 .value = value,
                             });
}

void
builder_assign_variable(struct builder *builder, struct variable *variable, const struct expression *value,
                        struct span span)
{
    builder_assign(builder, tree_variable(builder->arena, variable, span), value, span);
}

void
builder_evaluate(struct builder *builder, const struct expression *value, struct span span)
{
    add_instruction(builder, (struct instruction){
                                 .kind = INSTRUCTION_EVALUATE,
                                 .span = span,
                                 .can_throw = value->can_throw,
                                 .value = value,
                             });
}

void
builder_take_error(struct builder *builder, struct variable *variable, struct span span)
{
    add_instruction(builder,
                    (struct instruction){ .kind = INSTRUCTION_TAKE_ERROR, .span = span, .variable = variable });
}

void
builder_bind_error(struct builder *builder, struct variable *variable, struct variable *error, struct span span)
{
    add_instruction(builder, (struct instruction){
                                 .kind = INSTRUCTION_BIND_ERROR,
                                 .span = span,
                                 .variable = variable,
                                 .error_variable = error,
                             });
}

void
builder_publish(struct builder *builder, const struct expression *event, struct span span)
{
    add_instruction(builder, (struct instruction){
                                 .kind = INSTRUCTION_PUBLISH,
                                 .span = span,
                                 .can_throw = true,
                                 .value = event,
                             });
}

void
builder_cancel(struct builder *builder, const struct expression *task, struct span span)
{
    add_instruction(builder, (struct instruction){
                                 .kind = INSTRUCTION_CANCEL,
                                 .span = span,
                                 .can_throw = true,
                                 .value = task,
                             });
}

void
builder_compensate(struct builder *builder, const struct function *compensation, struct span span)
{
    add_instruction(builder, (struct instruction){
                                 .kind = INSTRUCTION_COMPENSATE,
                                 .span = span,
                                 .can_throw = true,
                                 .compensation = compensation,
                             });
}

/* ---- terminators ---- */

static void
mark_target(struct block *block)
{
    if (block != NULL)
        block_draft(block)->is_targeted = true;
}

void
builder_terminate(struct builder *builder, struct terminator terminator)
{
    assert(builder->current != NULL);
    mark_target(terminator.target);
    mark_target(terminator.otherwise);
    for (size_t index = 0; index < terminator.case_count; index++)
        mark_target(terminator.cases[index].target);
    for (size_t way = 0; terminator.suspension != NULL && way < suspension_way_count(terminator.suspension); way++)
        mark_target(suspension_way(terminator.suspension, way));
    builder->current->block.terminator = terminator;
    builder->current = NULL;
}

void
builder_jump(struct builder *builder, struct draft *target, struct span span)
{
    builder_terminate(builder, (struct terminator){ .kind = TERMINATOR_JUMP, .span = span, .target = &target->block });
}

void
builder_jump_back(struct builder *builder, struct draft *target, struct span span)
{
    builder_terminate(builder, (struct terminator){
                                   .kind = TERMINATOR_JUMP,
                                   .span = span,
                                   .target = &target->block,
                                   .can_throw = true,
                                   .is_back_edge = true,
                               });
}

void
builder_branch(struct builder *builder, const struct expression *condition, struct draft *target,
               struct draft *otherwise, struct span span)
{
    if (condition->kind == EXPRESSION_LITERAL) {
        builder_jump(builder, condition->as.literal.boolean ? target : otherwise, span);
        return;
    }
    builder_terminate(builder, (struct terminator){
                                   .kind = TERMINATOR_BRANCH,
                                   .span = span,
                                   .can_throw = condition->can_throw,
                                   .condition = condition,
                                   .target = &target->block,
                                   .otherwise = &otherwise->block,
                               });
}
