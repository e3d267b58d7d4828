/* try, catch, finally, and everything that leaves a statement. See statement.h.
 *
 * A finally body is written once. It is entered through a completion variable that says how (enum exit_kind);
 * a return value or an error on its way waits in a variable of its own. After the body a SWITCH on the completion
 * goes on with what was interrupted, which may lead into the next finally body outside. All of these are plain
 * variables, so an await inside the body saves them like any other. Each entry sets all of them, the unused ones to
 * zero: nothing old is saved, and nothing is live before.
 *
 *     try { BODY } catch (E e) { CATCH } finally { LAST }
 *
 *     try:      BODY; completion = NORMAL; jump finally      errors → catch
 *     catch:    take caught; switch on its type;             errors → unwind
 *               CATCH; completion = NORMAL; jump finally
 *               no clause: rethrow caught
 *     unwind:   take pending; completion = THROW; jump finally
 *     finally:  LAST; switch (completion) THROW: rethrow pending, RETURN: return value, …, NORMAL: after */
#include <assert.h>

#include "compiler/lower/expression.h"
#include "compiler/lower/statement.h"
#include "compiler/lower/tree.h"

/* ---- leaving ---- */

/* Jump into a finally body. What tells it how it was entered is written when all entries are known. */
static void
enter_finally(struct builder *builder, struct scope *scope, enum exit_kind kind, struct span span)
{
    struct finally_entry entry = { .draft = builder->current, .kind = kind, .span = span };
    vector_add(builder->arena, &scope->entries, entry);
    scope->is_used[kind] = true;
    builder_jump(builder, scope->finally_block, span);
}

static void
return_saved_value(struct builder *builder, struct span span)
{
    const struct expression *value = NULL;
    if (builder->return_value != NULL)
        value = tree_variable(builder->arena, builder->return_value, span);
    builder_terminate(builder, (struct terminator){
                                   .kind = TERMINATOR_RETURN,
                                   .span = span,
                                   .value = value,
                                   .is_new_value = true,
                               });
}

void
lower_exit(struct builder *builder, enum exit_kind kind, struct span span)
{
    for (struct scope *scope = builder->scope; scope != NULL; scope = scope->outer) {
        if (scope->kind == SCOPE_FINALLY) {
            enter_finally(builder, scope, kind, span);
            return;
        }
        if (kind == EXIT_BREAK) {
            builder_jump(builder, scope->break_target, span);
            return;
        }
        if (kind == EXIT_CONTINUE && scope->kind == SCOPE_LOOP) {
            if (scope->continue_closes_loop)
                builder_jump_back(builder, scope->continue_target, span);
            else
                builder_jump(builder, scope->continue_target, span);
            return;
        }
    }
    assert(kind == EXIT_RETURN); /* the checker refuses a break or continue outside of what it leaves */
    return_saved_value(builder, span);
}

static bool
is_inside_finally_scope(const struct builder *builder)
{
    for (const struct scope *scope = builder->scope; scope != NULL; scope = scope->outer) {
        if (scope->kind == SCOPE_FINALLY)
            return true;
    }
    return false;
}

/* A local that dies here, or a part of its own: not what lies in a block or box, which others may hold, too. */
static bool
is_dying(const struct expression *value)
{
    while (value->kind == EXPRESSION_MEMBER || value->kind == EXPRESSION_VARIANT ||
           ((value->kind == EXPRESSION_NARROW || value->kind == EXPRESSION_UNWRAP) &&
            !type_is_boxed_in_optional(value->type)))
        value = value->operand;
    return value->kind == EXPRESSION_VARIABLE && !value->as.variable->is_parameter;
}

void
lower_return(struct builder *builder, const struct statement *statement)
{
    struct span span = statement->span;
    const struct expression *source = statement->value;
    if (is_inside_finally_scope(builder)) {
        if (source != NULL) {
            if (builder->return_value == NULL)
                builder->return_value =
                    builder_temporary(builder, builder->function->result, "return_value", false, span);
            lower_into(builder, source, builder->return_value, span);
        }
        lower_exit(builder, EXIT_RETURN, span);
        return;
    }
    const struct expression *value = source == NULL ? NULL : lower_value(builder, source);
    bool is_new = value == NULL || expression_is_new_value(value) || is_dying(value);
    builder_terminate(builder, (struct terminator){
                                   .kind = TERMINATOR_RETURN,
                                   .span = span,
                                   .can_throw = value != NULL && value->can_throw,
                                   .value = value,
                                   .is_new_value = is_new,
                               });
}

static void
rethrow(struct builder *builder, struct variable *error, struct span span)
{
    builder_terminate(builder, (struct terminator){
                                   .kind = TERMINATOR_RETHROW,
                                   .span = span,
                                   .can_throw = true,
                                   .error_variable = error,
                               });
}

void
lower_throw(struct builder *builder, const struct statement *statement)
{
    const struct expression *value = lower_value(builder, statement->value);
    if (value->type->kind == TYPE_ANY_ERROR) {
        if (value->kind != EXPRESSION_VARIABLE) {
            struct variable *error = builder_temporary(builder, value->type, "error", true, statement->span);
            builder_assign_variable(builder, error, value, statement->span);
            value = tree_variable(builder->arena, error, statement->span);
        }
        rethrow(builder, value->as.variable, statement->span);
        return;
    }
    builder_terminate(builder, (struct terminator){
                                   .kind = TERMINATOR_THROW,
                                   .span = statement->span,
                                   .can_throw = true,
                                   .value = value,
                               });
}

void
lower_rethrow(struct builder *builder, const struct statement *statement)
{
    assert(builder->caught != NULL); /* the checker refuses `throw;` outside a catch */
    rethrow(builder, builder->caught, statement->span);
}

/* ---- catch ---- */

/* Where a try statement's normal ends go: into its finally body, else behind it. */
static void
complete(struct builder *builder, struct scope *finally_scope, struct draft *after, struct span span)
{
    if (builder->current == NULL)
        return;
    if (finally_scope != NULL)
        enter_finally(builder, finally_scope, EXIT_NORMAL, span);
    else
        builder_jump(builder, after, span);
}

/* The variable that takes the caught error: that of a lone `catch (error e)` if it keeps it, else a temporary. */
static struct variable *
caught_variable(struct builder *builder, const struct statement *statement)
{
    const struct catch_clause *first = &statement->catches[0];
    if (statement->catch_count == 1 && first->error->kind == TYPE_ANY_ERROR && first->variable != NULL &&
        !first->variable->is_mutated)
        return first->variable;
    return builder_temporary(builder, builder->shared->error_type, "caught", false, first->span);
}

/* The body of `catch (Cancelled e)` cleans up: a cancellation does not disturb it. */
static bool
is_cancelled_error(const struct type *error)
{
    return error->kind == TYPE_ERROR && error->declaration.structure->is_built_in &&
           text_equal(error->declaration.structure->name, TEXT("Cancelled"));
}

static void
lower_catch_body(struct builder *builder, const struct catch_clause *clause, struct variable *caught)
{
    struct variable *variable = clause->variable;
    if (variable != NULL && variable != caught) {
        builder_declare(builder, variable);
        if (clause->error->kind == TYPE_ANY_ERROR)
            builder_assign_variable(builder, variable, tree_variable(builder->arena, caught, clause->span),
                                    clause->span);
        else
            builder_bind_error(builder, variable, caught, clause->span);
    }
    struct variable *outer = builder->caught;
    bool was_shielded = builder->is_shielded;
    builder->caught = caught;
    builder->is_shielded = was_shielded || is_cancelled_error(clause->error);
    lower_statement(builder, clause->body);
    builder->caught = outer;
    builder->is_shielded = was_shielded;
}

/* The dispatch on the caught error, then the bodies of all clauses. */
static void
lower_catches(struct builder *builder, const struct statement *statement, struct draft *dispatch,
              struct scope *finally_scope, struct draft *after)
{
    builder_start(builder, dispatch);
    struct variable *caught = caught_variable(builder, statement);
    builder_declare(builder, caught);
    builder_take_error(builder, caught, dispatch->block.span);
    struct draft **bodies = arena_new_array(builder->arena, struct draft *, statement->catch_count);
    struct switch_target *targets = arena_new_array(builder->arena, struct switch_target, statement->catch_count);
    struct draft *otherwise = NULL;
    size_t used = 0;
    for (size_t index = 0; index < statement->catch_count; index++) {
        const struct catch_clause *clause = &statement->catches[index];
        bodies[index] = builder_block(builder, "catch_body", clause->span);
        if (clause->error->kind == TYPE_ANY_ERROR && otherwise == NULL)
            otherwise = bodies[index];
        else if (otherwise == NULL)
            targets[used++] = (struct switch_target){ .error = clause->error, .target = &bodies[index]->block };
    }
    struct draft *unmatched = NULL;
    if (otherwise == NULL)
        otherwise = unmatched = builder_block(builder, "uncaught", statement->span);
    if (used == 0)
        builder_jump(builder, otherwise, dispatch->block.span);
    else
        builder_terminate(builder, (struct terminator){
                                       .kind = TERMINATOR_SWITCH_ERROR,
                                       .span = dispatch->block.span,
                                       .error_variable = caught,
                                       .otherwise = &otherwise->block,
                                       .cases = targets,
                                       .case_count = used,
                                   });
    for (size_t index = 0; index < statement->catch_count; index++) {
        builder_join(builder, bodies[index]);
        if (builder->current == NULL)
            continue;
        lower_catch_body(builder, &statement->catches[index], caught);
        complete(builder, finally_scope, after, statement->catches[index].span);
    }
    if (unmatched != NULL) {
        builder_start(builder, unmatched);
        rethrow(builder, caught, statement->span);
    }
}

/* ---- finally ---- */

/* Go on with what a finally body interrupted, in the scope around it. */
static void
resume_exit(struct builder *builder, enum exit_kind kind, struct variable *pending, struct span span)
{
    if (kind == EXIT_THROW)
        rethrow(builder, pending, span);
    else
        lower_exit(builder, kind, span);
}

static const char *
exit_hint(enum exit_kind kind)
{
    switch (kind) {
    case EXIT_NORMAL: break;
    case EXIT_THROW: return "then_throw";
    case EXIT_RETURN: return "then_return";
    case EXIT_BREAK: return "then_break";
    case EXIT_CONTINUE: return "then_continue";
    }
    return "then_go_on";
}

/* The variables that a finally body finds set. */
struct finally_state {
    struct variable *completion;   /* NULL: there is one way in only */
    struct variable *pending;      /* the error of EXIT_THROW; NULL: there is none */
    struct variable *return_value; /* of EXIT_RETURN; NULL: there is none */
};

static void
dispatch_completion(struct builder *builder, struct scope *scope, const struct finally_state *state,
                    struct draft *after, struct span span)
{
    struct switch_target *targets = arena_new_array(builder->arena, struct switch_target, EXIT_KIND_COUNT);
    struct draft *blocks[EXIT_KIND_COUNT] = { NULL };
    struct draft *otherwise = scope->is_used[EXIT_NORMAL] ? after : NULL;
    size_t used = 0;
    for (unsigned kind = EXIT_THROW; kind < EXIT_KIND_COUNT; kind++) {
        if (!scope->is_used[kind])
            continue;
        blocks[kind] = builder_block(builder, exit_hint((enum exit_kind)kind), span);
        if (otherwise == NULL) { /* the body is never entered normally: one of the others is the rest */
            otherwise = blocks[kind];
            continue;
        }
        targets[used++] = (struct switch_target){
            .label = tree_integer(builder->arena, builder->shared->int_type, kind, span),
            .target = &blocks[kind]->block,
        };
    }
    if (used == 0)
        builder_jump(builder, otherwise, span);
    else
        builder_terminate(builder, (struct terminator){
                                       .kind = TERMINATOR_SWITCH,
                                       .span = span,
                                       .value = tree_variable(builder->arena, state->completion, span),
                                       .otherwise = &otherwise->block,
                                       .cases = targets,
                                       .case_count = used,
                                   });
    for (unsigned kind = EXIT_THROW; kind < EXIT_KIND_COUNT; kind++) {
        if (blocks[kind] == NULL)
            continue;
        builder_start(builder, blocks[kind]);
        resume_exit(builder, (enum exit_kind)kind, state->pending, span);
    }
}

static void
assign_zero(struct builder *builder, struct variable *variable, struct span span)
{
    builder_assign_variable(builder, variable, tree_zero(builder->arena, variable->type, span), span);
}

/* Write into every block that enters the body how it does. */
static void
write_entries(struct builder *builder, const struct scope *scope, const struct finally_state *state)
{
    struct draft *current = builder->current;
    for (size_t index = 0; index < scope->entries.count; index++) {
        const struct finally_entry *entry = &scope->entries.items[index];
        builder->current = entry->draft;
        if (state->completion != NULL) {
            const struct expression *code =
                tree_integer(builder->arena, state->completion->type, entry->kind, entry->span);
            builder_assign_variable(builder, state->completion, code, entry->span);
        }
        if (state->pending != NULL && entry->kind != EXIT_THROW)
            assign_zero(builder, state->pending, entry->span);
        if (state->return_value != NULL && entry->kind != EXIT_RETURN)
            assign_zero(builder, state->return_value, entry->span);
    }
    builder->current = current;
}

/* Can an error in one of the blocks placed since `first` arrive at the handler? */
static bool
is_thrown_to(const struct builder *builder, size_t first, const struct block *handler)
{
    for (size_t index = first; index < builder->blocks.count; index++) {
        const struct draft *draft = builder->blocks.items[index];
        if (draft->block.handler == handler && draft_can_throw(draft))
            return true;
    }
    return false;
}

static void
lower_finally(struct builder *builder, const struct statement *statement, struct scope *scope, struct draft *unwind,
              bool is_thrown, struct draft *after)
{
    struct span span = statement->finally_body->span;
    struct finally_state state = { .completion = NULL };
    if (is_thrown) {
        state.pending = builder_temporary(builder, builder->shared->error_type, "pending_error", false, span);
        builder_start(builder, unwind);
        builder_take_error(builder, state.pending, span);
        enter_finally(builder, scope, EXIT_THROW, span);
    }
    size_t way_count = 0;
    for (size_t kind = 0; kind < EXIT_KIND_COUNT; kind++)
        way_count += scope->is_used[kind];
    if (way_count > 1)
        state.completion = builder_temporary(builder, builder->shared->int_type, "completion", false, span);
    if (scope->is_used[EXIT_RETURN])
        state.return_value = builder->return_value;
    write_entries(builder, scope, &state);
    builder_join(builder, scope->finally_block);
    bool was_shielded = builder->is_shielded;
    builder->is_shielded = true;
    if (builder->current != NULL)
        lower_statement(builder, statement->finally_body);
    builder->is_shielded = was_shielded;
    if (builder->current != NULL)
        dispatch_completion(builder, scope, &state, after, span);
}

/* ---- try ---- */

void
lower_try(struct builder *builder, const struct statement *statement)
{
    struct span span = statement->span;
    struct block *outer_handler = builder->handler;
    struct draft *body = builder_block(builder, "try", span);
    struct draft *after = builder_block(builder, "after_try", span);
    struct scope scope = { .kind = SCOPE_FINALLY, .outer = builder->scope };
    struct scope *finally_scope = NULL;
    struct draft *unwind = NULL;
    struct draft *dispatch = NULL;
    if (statement->finally_body != NULL) {
        finally_scope = &scope;
        scope.finally_block = builder_block(builder, "finally", statement->finally_body->span);
        unwind = builder_block(builder, "unwind", statement->finally_body->span);
        builder->scope = finally_scope;
        builder->handler = &unwind->block;
    }
    struct block *catch_handler = builder->handler;
    if (statement->catch_count > 0) {
        dispatch = builder_block(builder, "catch", statement->catches[0].span);
        builder->handler = &dispatch->block;
    }
    size_t first = builder->blocks.count;
    builder_jump(builder, body, span);
    builder_start(builder, body);
    lower_statement(builder, statement->body);
    complete(builder, finally_scope, after, span);
    builder->handler = catch_handler;
    if (dispatch != NULL && is_thrown_to(builder, first, &dispatch->block))
        lower_catches(builder, statement, dispatch, finally_scope, after);
    builder->handler = outer_handler;
    builder->scope = scope.outer;
    if (finally_scope != NULL)
        lower_finally(builder, statement, finally_scope, unwind, is_thrown_to(builder, first, &unwind->block), after);
    builder_join(builder, after);
}
