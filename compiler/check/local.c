/* Local variables: which names are in sight, see body.h. One map serves all functions: a name that is
 * not in sight stands in it with NULL. */
#include "compiler/check/body.h"

size_t
locals_enter(const struct body *body)
{
    return body->visible.count;
}

void
locals_leave(struct body *body, size_t mark)
{
    while (body->visible.count > mark) {
        const struct visible_name *last = &body->visible.items[--body->visible.count];
        map_put(&body->checker->locals, last->name, last->before);
    }
}

struct variable *
locals_find(const struct body *body, struct text name)
{
    return body->visible.count == 0 ? NULL : map_get(&body->checker->locals, name);
}

struct variable *
locals_add(struct body *body, const struct ast_name *name, const struct type *type, enum local_kind kind)
{
    struct checker *checker = body->checker;
    struct variable *variable = arena_new(checker->arena, struct variable);
    bool is_named = name->text.size_bytes > 0;
    struct text wanted = is_named ? c_name_of(checker->arena, name->text) : TEXT("value");
    variable->name = is_named ? name->text : TEXT("value");
    variable->c_name = c_names_claim(&body->c_names, wanted);
    variable->type = type;
    variable->is_parameter = kind == LOCAL_PARAMETER;
    variable->index = (uint32_t)body->variables.count;
    variable->span = name->span;
    vector_add(checker->arena, &body->variables, variable);
    vector_add(checker->arena, &body->locals, (struct local){ .kind = kind });
    if (!is_named)
        return variable;
    struct variable *other = locals_find(body, name->text);
    if (other != NULL) {
        struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_LOCAL_TAKEN, name->span, name->text);
        diagnostic_note(found, other->span, "'%t' is declared here", name->text);
        diagnostic_help(found, "give it another name");
    }
    map_put(&checker->locals, name->text, variable);
    vector_add(checker->arena, &body->visible, ((struct visible_name){ name->text, other }));
    return variable;
}
