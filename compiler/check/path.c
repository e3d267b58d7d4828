/* Paths: see path.h. A variable's bit in the facts is twice its index; the members of its paths take the odd bits. */
#include "compiler/check/path.h"

struct path {
    struct path *outer;          /* NULL: the variable */
    struct path *next;           /* of the same variable */
    const struct member *member; /* of outer's value */
    uint32_t bit;
};

static uint32_t
variable_bit(const struct variable *variable)
{
    return variable->index * 2;
}

/* The paths that begin with a variable; NULL: with the state. */
static struct path **
paths_of(struct body *body, const struct variable *variable)
{
    return variable == NULL ? &body->state_paths : &body->locals.items[variable->index].paths;
}

/* A member of a path; NULL if there is none yet and it isn't to be made. */
static struct path *
find_member(struct body *body, const struct variable *variable, struct path *outer, const struct member *member,
            bool make)
{
    struct path **first = paths_of(body, variable);
    for (struct path *path = *first; path != NULL; path = path->next) {
        if (path->outer == outer && path->member == member)
            return path;
    }
    if (!make)
        return NULL;
    struct path *path = arena_new(body->checker->arena, struct path);
    *path = (struct path){ .outer = outer, .next = *first, .member = member, .bit = body->path_count++ * 2 + 1 };
    *first = path;
    return path;
}

/* A place as a path. */
struct found_path {
    bool is_found;
    struct variable *variable; /* NULL: the state */
    struct path *path;         /* NULL: the variable itself, or (is_missing) a path that is not there */
    bool is_missing;
};

static struct found_path
find(struct body *body, const struct expression *place, bool make)
{
    while (place->kind == EXPRESSION_NARROW || place->kind == EXPRESSION_UNWRAP)
        place = place->operand;
    if (place->kind == EXPRESSION_VARIABLE)
        return (struct found_path){ .is_found = true, .variable = place->as.variable };
    if (place->kind != EXPRESSION_MEMBER && place->kind != EXPRESSION_STATE)
        return (struct found_path){ .is_found = false };
    struct found_path found = { .is_found = true };
    if (place->kind == EXPRESSION_MEMBER)
        found = find(body, place->operand, make);
    if (!found.is_found || found.is_missing)
        return found;
    found.path = find_member(body, found.variable, found.path, place->as.member, make);
    found.is_missing = found.path == NULL;
    return found;
}

static uint32_t
found_bit(const struct found_path *found)
{
    return found->path != NULL ? found->path->bit : variable_bit(found->variable);
}

bool
path_is_not_null(struct body *body, const struct expression *place)
{
    if (body->facts.word_count == 0)
        return false;
    struct found_path found = find(body, place, false);
    return found.is_found && !found.is_missing && facts_is_not_null(body->facts, found_bit(&found));
}

struct facts
path_narrow(struct body *body, struct facts facts, const struct expression *place)
{
    struct found_path found = find(body, place, true);
    return found.is_found ? facts_with(body->checker->arena, facts, found_bit(&found)) : facts;
}

struct facts
path_forget(struct body *body, struct facts facts, const struct variable *variable, bool members_only)
{
    struct arena *arena = body->checker->arena;
    if (!members_only)
        facts = facts_without(arena, facts, variable_bit(variable));
    for (const struct path *path = body->locals.items[variable->index].paths; path != NULL; path = path->next)
        facts = facts_without(arena, facts, path->bit);
    return facts;
}

struct facts
path_forget_state(struct body *body, struct facts facts)
{
    for (const struct path *path = body->state_paths; path != NULL; path = path->next)
        facts = facts_without(body->checker->arena, facts, path->bit);
    return facts;
}

static bool
begins_with(const struct path *path, const struct path *front)
{
    while (path != NULL && path != front)
        path = path->outer;
    return path == front;
}

struct facts
path_assign(struct body *body, struct facts facts, const struct expression *place)
{
    struct found_path found = find(body, place, false);
    if (facts.word_count == 0 || !found.is_found || found.is_missing)
        return facts; /* nothing can be known of it */
    if (found.path == NULL)
        return path_forget(body, facts, found.variable, false);
    for (const struct path *path = *paths_of(body, found.variable); path != NULL; path = path->next) {
        if (begins_with(path, found.path))
            facts = facts_without(body->checker->arena, facts, path->bit);
    }
    return facts;
}

const struct expression *
path_without_narrowing(const struct expression *place)
{
    return place->kind == EXPRESSION_NARROW ? place->operand : place;
}
