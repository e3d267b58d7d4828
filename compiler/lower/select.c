/* select → blocks. See statement.h.
 *
 *     select { case T x = await A: BODY  case await B: BODY  case after D: BODY }
 *
 *     A, B and D are evaluated, in this order; then one await of them all, with a way on to each body:
 *     await select(A, B, after D)   → x: case_1; → case_2; → after_3      errors → handler
 *
 * A result is written on its way only. `break` leaves the select, as it leaves a switch. */
#include "compiler/lower/expression.h"
#include "compiler/lower/statement.h"

/* What is selected from, evaluated now, with the blocks of the bodies as the ways on. */
static void
select_from(struct builder *builder, const struct statement *statement, struct draft *const *bodies)
{
    size_t count = statement->select_case_count;
    struct operand *operands = arena_new_array(builder->arena, struct operand, count + 1);
    for (size_t index = 0; index < count; index++) {
        const struct select_case *select_case = &statement->select_cases[index];
        operands[index] =
            (struct operand){ .source = select_case->source, .hint = select_case->is_after ? "after" : "source" };
    }
    lower_operands(builder, operands, count, NULL, true);

    struct suspension *suspension = arena_new(builder->arena, struct suspension);
    struct select_source *sources = arena_new_array(builder->arena, struct select_source, count + 1);
    suspension->kind = AWAIT_SELECT;
    suspension->identity = TEXT("select"); /* the ordinal comes later */
    suspension->result_type = builder->shared->void_type;
    suspension->is_shielded = builder->is_shielded;
    suspension->sources = sources;
    suspension->source_count = count;
    suspension->span = statement->span;
    for (size_t index = 0; index < count; index++) {
        const struct select_case *select_case = &statement->select_cases[index];
        sources[index].resumed = &bodies[index]->block;
        sources[index].result_type = builder->shared->void_type;
        if (select_case->is_after) {
            suspension->after = operands[index].tree;
            continue;
        }
        sources[index].source = operands[index].tree;
        sources[index].result_type = select_case->source->type->element;
        sources[index].result = select_case->binding;
    }
    builder_terminate(builder, (struct terminator){
                                   .kind = TERMINATOR_AWAIT,
                                   .span = statement->span,
                                   .can_throw = true,
                                   .suspension = suspension,
                               });
}

void
lower_select(struct builder *builder, const struct statement *statement)
{
    size_t count = statement->select_case_count;
    struct draft **bodies = arena_new_array(builder->arena, struct draft *, count + 1);
    for (size_t index = 0; index < count; index++) {
        const struct select_case *select_case = &statement->select_cases[index];
        bodies[index] = builder_block(builder, select_case->is_after ? "after" : "case", select_case->span);
    }
    struct draft *after = builder_block(builder, "after_select", statement->span);
    select_from(builder, statement, bodies);

    struct scope scope = { .kind = SCOPE_SWITCH, .outer = builder->scope, .break_target = after };
    builder->scope = &scope;
    for (size_t index = 0; index < count; index++) {
        const struct select_case *select_case = &statement->select_cases[index];
        builder_start(builder, bodies[index]);
        if (select_case->binding != NULL)
            builder_declare(builder, select_case->binding);
        lower_statement(builder, select_case->body);
        if (builder->current != NULL)
            builder_jump(builder, after, select_case->span);
    }
    builder->scope = scope.outer;
    builder_join(builder, after);
}
