/* What is never used: see usage.h. A variable is used where it is read; where it is assigned to, counted up or pushed
 * to, it is only changed. */
#include "compiler/check/usage.h"

#include "compiler/check/node.h"

void
usage_only_changed(struct body *body, const struct expression *place)
{
    const struct variable *root = node_root(place);
    if (root != NULL && body->locals.items[root->index].read_count > 0)
        body->locals.items[root->index].read_count--;
}

static void
remember(struct body *body, enum diagnostic_code code, struct span span, struct text name)
{
    vector_add(body->checker->arena, &body->checker->unused, ((struct unused){ code, span, name }));
}

/* The function that is written: of a compensation, the one around it. */
static struct text
name_of_written(const struct function *function)
{
    while (function->outer != NULL)
        function = function->outer;
    return function->name;
}

void
usage_dropped(struct body *body, const struct expression *value)
{
    if (value->kind == EXPRESSION_START && !value->as.start.is_detached)
        remember(body, DIAGNOSTIC_TASK_DROPPED, value->span, name_of_written(&body->function->public));
    else if (value->kind == EXPRESSION_METHOD && value->operand != NULL && value->has_effect)
        usage_only_changed(body, value->operand);
}

/* Tasks, alone or several. */
static bool
is_of_tasks(const struct type *type)
{
    while (type->kind == TYPE_ARRAY || type->kind == TYPE_OPTIONAL || type->kind == TYPE_MAP)
        type = type->element;
    return type->kind == TYPE_TASK;
}

void
usage_note(struct body *body)
{
    for (size_t index = 0; index < body->locals.count; index++) {
        const struct local *local = &body->locals.items[index];
        const struct variable *variable = body->variables.items[index];
        bool is_asked = local->kind == LOCAL_ORDINARY || local->kind == LOCAL_BINDING;
        if (!is_asked || local->read_count > 0 || variable->name.data[0] == '_' || is_poison(variable->type))
            continue;
        if (is_of_tasks(variable->type))
            remember(body, DIAGNOSTIC_TASK_DROPPED, variable->span, body->function->public.name);
        else
            remember(body, DIAGNOSTIC_UNUSED_VARIABLE, variable->span, variable->name);
    }
}

void
usage_warn(struct checker *checker)
{
    for (size_t index = 0; index < checker->unused.count; index++) {
        const struct unused *unused = &checker->unused.items[index];
        struct diagnostic *found = diagnostic_add(checker->diagnostics, unused->code, unused->span, unused->name);
        if (unused->code == DIAGNOSTIC_TASK_DROPPED)
            diagnostic_help(found, "await it, or let it outlive the routine: start detached …");
        else
            diagnostic_help(found, "leave it out, or begin its name with '_'");
    }
}
