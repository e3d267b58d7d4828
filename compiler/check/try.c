/* try, catch, finally. See statement.h and effect.h. */
#include "compiler/check/effect.h"
#include "compiler/check/resolve.h"
#include "compiler/check/statement.h"

struct catch_clause_list VECTOR(struct catch_clause);

/* The error that a catch names: a declared or built-in one, or any. */
static const struct type *
caught_type(struct body *body, const struct ast_catch *source)
{
    struct checker *checker = body->checker;
    const struct type *type = resolve_type(checker, body->module, source->type);
    if (is_poison(type) || type->kind == TYPE_ERROR || type->kind == TYPE_ANY_ERROR)
        return type;
    struct diagnostic *found =
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_NOT_AN_ERROR, source->type->span, type->name);
    diagnostic_help(found, "name an error, or catch any: catch (error e)");
    return checker->poison;
}

/* The types of all clauses; reports those that never run. */
static const struct type **
caught_types(struct body *body, const struct ast_catch_list *catches)
{
    struct checker *checker = body->checker;
    const struct type **types = arena_new_array(checker->arena, const struct type *, catches->count);
    for (size_t index = 0; index < catches->count; index++) {
        types[index] = caught_type(body, &catches->items[index]);
        for (size_t earlier = 0; earlier < index; earlier++) {
            bool takes_all = types[earlier]->kind == TYPE_ANY_ERROR;
            if (is_poison(types[index]) || (!takes_all && types[earlier] != types[index]))
                continue;
            struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_CAUGHT_BEFORE,
                                                      catches->items[index].span, types[index]->name);
            diagnostic_note(found, catches->items[earlier].span, "it is caught here");
            diagnostic_help(found, takes_all ? "let 'catch (error …)' stand last" : "leave one of them out");
            break;
        }
    }
    return types;
}

static struct catch_clause
check_catch(struct body *body, const struct ast_catch *source, const struct type *type)
{
    struct catch_clause clause = { .error = type, .span = source->span };
    size_t mark = locals_enter(body);
    clause.variable = locals_add(body, &source->name, type, LOCAL_CAUGHT);
    clause.body = check_scoped(body, source->body);
    locals_leave(body, mark);
    return clause;
}

/* Breaks and continues go through a finally body, too. */
static void
weaken_breakables(struct body *body, const struct ast_statement *finally_body)
{
    for (struct breakable *breakable = body->breakable; breakable != NULL; breakable = breakable->outer) {
        breakable->at_break = facts_weakened(body, breakable->at_break, finally_body);
        breakable->at_continue = facts_weakened(body, breakable->at_continue, finally_body);
    }
}

const struct statement *
check_try(struct body *body, const struct ast_statement *source)
{
    struct arena *arena = body->checker->arena;
    const struct ast_catch_list *catches = &source->as.try_.catches;
    struct statement *statement = statement_new(body, STATEMENT_TRY, source->span);
    struct facts entry = body->facts;
    struct effect_scope *outer_caught = body->caught;
    size_t outer_clause = body->caught_clause;

    struct effect_scope *scope = effect_enter_try(body);
    statement->body = check_scoped(body, source->as.try_.body);
    statement->has_await = statement->body->has_await;
    const struct type **types = caught_types(body, catches);
    effect_leave_try(body, scope, types, catches);
    struct facts after = body->facts;

    /* The body may have been left anywhere. */
    struct facts thrown = facts_weakened(body, entry, source->as.try_.body);
    struct catch_clause_list clauses = { 0 };
    for (size_t index = 0; index < catches->count; index++) {
        body->facts = thrown;
        body->caught = scope;
        body->caught_clause = index;
        struct catch_clause clause = check_catch(body, &catches->items[index], types[index]);
        statement->has_await |= clause.body->has_await;
        vector_add(arena, &clauses, clause);
        after = facts_join(arena, after, body->facts);
    }
    body->caught = outer_caught;
    body->caught_clause = outer_clause;
    statement->catches = clauses.items;
    statement->catch_count = clauses.count;

    const struct ast_statement *finally_body = source->as.try_.finally_body;
    if (finally_body != NULL) {
        for (size_t index = 0; index < catches->count; index++)
            thrown = facts_weakened(body, thrown, catches->items[index].body);
        body->facts = thrown;
        const char *outer_closed = body->closed;
        body->closed = "finally";
        body->finally_depth++;
        statement->finally_body = check_scoped(body, finally_body);
        body->finally_depth--;
        body->closed = outer_closed;
        statement->has_await |= statement->finally_body->has_await;
        weaken_breakables(body, finally_body);
        after = facts_weakened(body, after, finally_body);
        if (!body->facts.is_reachable)
            after = facts_unreachable(after);
    }
    body->facts = after;
    return statement;
}
