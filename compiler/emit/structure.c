/* Structure: `while`, `for (;;)`, `if` and `else` in the place of gotos, where the order of the blocks allows it.
 * See emitter.h.
 *
 * The blocks stand in a line; a region is a stretch of it that is printed within braces. That is a matter of looks
 * only, since C lets a goto lead into braces as well as out of them (nothing is declared at their begin):
 *
 *     if (!c) goto K; A; K: …                    is    if (c) { A } K: …
 *     if (!c) goto K; A; goto J; K: B; J: …      is    if (c) { A } else { B } J: …
 *     L: …; if (!c) goto X; …; goto L; X: …      is    L: for (;;) { …; if (!c) break; … } X: …
 *     switch … goto A, goto B; A: …; goto X; B: …; goto X; X: …   has its bodies behind its cases
 *
 * Regions lie in one another; one that would cross the end of the region around it stays a goto. */
#include <stdlib.h>

#include "compiler/emit/emitter.h"

/* Deeper ones stay gotos, so that the text does not run off to the right. */
#define REGIONS_MAX 10

enum region_kind {
    REGION_LOOP,
    REGION_THEN,      /* its end is followed by what comes next */
    REGION_THEN_ELSE, /* its end is followed by the end of the other branch */
    REGION_SWITCH,    /* around its cases; left by `break` */
    REGION_CASE,      /* nothing is reached by falling out of it */
};

struct region {
    enum region_kind kind;
    size_t end;                          /* position behind its last block */
    size_t else_end;                     /* THEN_ELSE */
    const struct block *header;          /* LOOP */
    const struct terminator *terminator; /* SWITCH */
    size_t *case_ends;                   /* SWITCH: of the cases to come, the next one first */
};

struct structure {
    const struct block **blocks; /* those that can run, in order */
    size_t *positions;           /* by block.index */
    size_t *loop_ends;           /* by position: behind the last block that goes back there; 0: none does */
    size_t count;
    size_t position; /* of the block that is printed */
    struct region regions[REGIONS_MAX];
    size_t region_count;
};

/* ---- questions ---- */

static size_t
enclosing_end(const struct structure *structure)
{
    return structure->region_count > 0 ? structure->regions[structure->region_count - 1].end : structure->count;
}

/* Where control comes to at `position` when `region_count` regions are open: behind the end of a region it goes on
 * with what the region says. NULL: the end of the function. */
static const struct block *
block_at(const struct structure *structure, size_t position, size_t region_count)
{
    while (region_count > 0) {
        const struct region *region = &structure->regions[region_count - 1];
        if (region->end != position)
            break;
        if (region->kind == REGION_LOOP)
            return region->header;
        if (region->kind == REGION_CASE)
            return NULL;
        if (region->kind == REGION_THEN_ELSE)
            position = region->else_end;
        region_count--;
    }
    return position < structure->count ? structure->blocks[position] : NULL;
}

const struct block *
structure_next(const struct function_context *context)
{
    const struct structure *structure = context->structure;
    return block_at(structure, structure->position + 1, structure->region_count);
}

const char *
structure_jump(const struct function_context *context, const struct block *target)
{
    const struct structure *structure = context->structure;
    bool is_in_switch = false;
    for (size_t count = structure->region_count; count > 0; count--) {
        const struct region *region = &structure->regions[count - 1];
        if (region->kind == REGION_LOOP && target == region->header)
            return "continue;\n";
        bool is_breakable = region->kind == REGION_LOOP || region->kind == REGION_SWITCH;
        if (is_breakable && !is_in_switch && target == block_at(structure, region->end, count - 1))
            return "break;\n";
        if (region->kind == REGION_LOOP)
            return NULL;
        is_in_switch = is_in_switch || region->kind == REGION_SWITCH;
    }
    return NULL;
}

/* ---- branches ---- */

/* The other branch's end, when the first one's last block jumps over it; 0 when there is none. */
static size_t
find_else_end(const struct structure *structure, size_t then_end)
{
    const struct terminator *last = &structure->blocks[then_end - 1]->terminator;
    if (last->kind != TERMINATOR_JUMP || last->is_back_edge)
        return 0;
    size_t end = structure->positions[last->target->index];
    bool is_inside = end > then_end && end <= enclosing_end(structure);
    return is_inside && block_at(structure, end, structure->region_count) == last->target ? end : 0;
}

bool
structure_open_branch(struct function_context *context, const struct block *inside, const struct block *outside)
{
    struct structure *structure = context->structure;
    size_t begin = structure->position + 1, end = structure->positions[outside->index];
    if (structure->region_count == REGIONS_MAX || structure->positions[inside->index] != begin || end <= begin ||
        end > enclosing_end(structure))
        return false;
    if (block_at(structure, end, structure->region_count) != outside)
        return false; /* the end of a loop's text is not what stands behind it */
    size_t else_end = find_else_end(structure, end);
    /* At the end of a loop's body, control goes round, and not to what stands behind the loop. */
    if (else_end == 0 && block_at(structure, end, structure->region_count) != outside)
        return false;
    structure->regions[structure->region_count++] =
        (struct region){ .kind = else_end > 0 ? REGION_THEN_ELSE : REGION_THEN, .end = end, .else_end = else_end };
    return true;
}

/* ---- switches ---- */

static int
compare_positions(const void *left, const void *right)
{
    size_t one = *(const size_t *)left, other = *(const size_t *)right;
    return (one > other) - (one < other);
}

/* The positions where the bodies of a switch begin, ascending, each once. Returns how many. */
static size_t
find_cases(const struct structure *structure, const struct terminator *terminator, size_t *begins)
{
    size_t count = 0, kept = 0;
    for (size_t index = 0; index < terminator->case_count; index++)
        begins[count++] = structure->positions[terminator->cases[index].target->index];
    if (terminator->otherwise != NULL && !block_is_impossible(terminator->otherwise))
        begins[count++] = structure->positions[terminator->otherwise->index];
    qsort(begins, count, sizeof begins[0], compare_positions);
    for (size_t index = 0; index < count; index++) {
        if (index == 0 || begins[index] != begins[kept - 1])
            begins[kept++] = begins[index];
    }
    return kept;
}

/* Where the bodies lead that don't end otherwise: behind the last of them, or to it, if it is no body but what stands
 * behind the switch (*count is one less then). 0: nowhere, or elsewhere. */
static size_t
find_switch_end(const struct structure *structure, const size_t *begins, size_t *count)
{
    size_t end = 0;
    for (size_t index = 1; index < *count; index++) {
        const struct terminator *last = &structure->blocks[begins[index] - 1]->terminator;
        if (last->kind == TERMINATOR_JUMP && !last->is_back_edge &&
            structure->positions[last->target->index] >= begins[*count - 1])
            end = structure->positions[last->target->index];
    }
    enum terminator_kind kind = structure->blocks[begins[*count - 1]]->terminator.kind;
    bool is_left = kind == TERMINATOR_RETURN || kind == TERMINATOR_THROW || kind == TERMINATOR_RETHROW;
    if (end == 0 && is_left && begins[*count - 1] < enclosing_end(structure))
        return begins[*count - 1] + 1; /* no body ends otherwise than by leaving */
    if (end == 0 || end > enclosing_end(structure) ||
        block_at(structure, end, structure->region_count) != structure->blocks[end])
        return 0;
    *count -= end == begins[*count - 1] ? 1 : 0;
    return end;
}

/* The labels that lead to a block: `case A:` … `default:`, and what stands behind each. */
static void
emit_case_labels(struct function_context *context, const struct terminator *terminator, const struct block *block,
                 const char *behind)
{
    for (size_t index = 0; index < terminator->case_count; index++) {
        if (terminator->cases[index].target != block)
            continue;
        emit_case_label(context, &terminator->cases[index], terminator->value);
        write_string(context->writer, behind);
    }
    if (block != NULL && terminator->otherwise == block) {
        write_string(context->writer, "default:");
        write_string(context->writer, behind);
    }
}

bool
structure_open_switch(struct function_context *context, const struct terminator *terminator)
{
    struct structure *structure = context->structure;
    if (structure->region_count + 2 > REGIONS_MAX)
        return false;
    size_t *begins = arena_new_array(context->emitter->arena, size_t, terminator->case_count + 2);
    size_t count = find_cases(structure, terminator, begins);
    if (count < 2 || begins[0] != structure->position + 1)
        return false;
    size_t end = find_switch_end(structure, begins, &count);
    if (end == 0)
        return false;
    begins[count] = end;
    structure->regions[structure->region_count++] =
        (struct region){ .kind = REGION_SWITCH, .end = end, .terminator = terminator, .case_ends = begins + 1 };
    return true;
}

/* Begin the body that stands at the current position, if the innermost region is a switch. */
static void
open_case(struct function_context *context)
{
    struct structure *structure = context->structure;
    if (structure->region_count == 0 || structure->regions[structure->region_count - 1].kind != REGION_SWITCH)
        return;
    struct region *around = &structure->regions[structure->region_count - 1];
    write_outdent(context->writer);
    emit_case_labels(context, around->terminator, structure->blocks[structure->position], "\n");
    write_indent(context->writer);
    structure->regions[structure->region_count++] = (struct region){ .kind = REGION_CASE, .end = *around->case_ends++ };
}

/* What is left to say of a switch before its closing brace. */
static void
close_switch(struct function_context *context, const struct region *region)
{
    const struct structure *structure = context->structure;
    const struct terminator *terminator = region->terminator;
    emit_case_labels(context, terminator, structure->blocks[region->end], " break;\n");
    if (terminator->otherwise != NULL && block_is_impossible(terminator->otherwise)) {
        context->block = terminator->otherwise;
        write_string(context->writer, "default: ");
        emit_impossible(context);
    }
}

static void
close_regions(struct function_context *context)
{
    struct structure *structure = context->structure;
    while (structure->region_count > 0) {
        struct region *region = &structure->regions[structure->region_count - 1];
        if (region->end != structure->position)
            return;
        if (region->kind == REGION_CASE) {
            structure->region_count--;
            continue;
        }
        write_outdent(context->writer);
        if (region->kind == REGION_SWITCH)
            close_switch(context, region);
        if (region->kind == REGION_THEN_ELSE) {
            write_string(context->writer, "} else {\n");
            write_indent(context->writer);
            *region = (struct region){ .kind = REGION_THEN, .end = region->else_end };
            return;
        }
        write_string(context->writer, "}\n");
        structure->region_count--;
    }
}

/* ---- loops ---- */

static void
find_loops(struct structure *structure)
{
    for (size_t position = 0; position < structure->count; position++) {
        const struct terminator *terminator = &structure->blocks[position]->terminator;
        if (!terminator->is_back_edge)
            continue;
        size_t header = structure->positions[terminator->target->index];
        if (header <= position)
            structure->loop_ends[header] = position + 1;
    }
}

/* Is the loop's condition all that its header does, so that `while` says it? */
static bool
is_while(const struct structure *structure, const struct block *header, size_t end)
{
    const struct terminator *terminator = &header->terminator;
    return header->instruction_count == 0 && terminator->kind == TERMINATOR_BRANCH && !terminator->is_back_edge &&
           !terminator->can_throw && structure->position + 1 < end &&
           terminator->target == structure->blocks[structure->position + 1] &&
           terminator->otherwise == block_at(structure, end, structure->region_count);
}

static void
emit_label(struct function_context *context, const struct block *block)
{
    if (!context->was_target[block->index])
        return;
    write_outdent(context->writer);
    write_blank_line(context->writer);
    write_template(context->writer, "$label$:\n", HOLE("label", block->label));
    write_indent(context->writer);
}

/* The begin of a loop, if the block begins one. Returns true when that was all of the block. */
static bool
open_loop(struct function_context *context, const struct block *block)
{
    struct structure *structure = context->structure;
    size_t end = structure->loop_ends[structure->position];
    if (end == 0 || end > enclosing_end(structure) || structure->region_count == REGIONS_MAX)
        return false;
    bool is_only_condition = is_while(structure, block, end);
    if (is_only_condition) {
        write_line_of(context->writer, block->terminator.span);
        write_string(context->writer, "while (");
        emit_expression(context, block->terminator.condition);
        write_string(context->writer, ") {\n");
    } else {
        write_string(context->writer, "for (;;) {\n");
    }
    write_indent(context->writer);
    structure->regions[structure->region_count++] = (struct region){ .kind = REGION_LOOP, .end = end, .header = block };
    return is_only_condition;
}

/* ---- all blocks ---- */

void
emit_blocks(struct function_context *context, const bool *is_reached)
{
    const struct machine *machine = context->machine;
    struct arena *arena = context->emitter->arena;
    struct structure structure = { 0 };
    structure.blocks = arena_new_array(arena, const struct block *, machine->block_count + 1);
    structure.positions = arena_new_array(arena, size_t, machine->block_count + 1);
    structure.loop_ends = arena_new_array(arena, size_t, machine->block_count + 1);
    for (size_t index = 0; index < machine->block_count; index++) {
        if (!is_reached[index])
            continue;
        structure.positions[index] = structure.count;
        structure.blocks[structure.count++] = machine->blocks[index];
    }
    find_loops(&structure);
    context->structure = &structure;
    for (; structure.position < structure.count; structure.position++) {
        const struct block *block = structure.blocks[structure.position];
        close_regions(context);
        open_case(context);
        emit_label(context, block);
        context->block = block;
        if (!open_loop(context, block))
            emit_block(context, block);
    }
    close_regions(context);
    context->structure = NULL;
}
