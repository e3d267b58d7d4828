/* Identity: the stable names of awaits in their routine. See identity.h. */
#include "compiler/lower/identity.h"

#include "compiler/base/map.h"

static struct text
callee_path(struct arena *arena, enum await_kind kind, const struct expression *call)
{
    const struct function *function = call->as.call.function;
    if (kind == AWAIT_USE && call->as.call.use != NULL)
        return text_format(arena, "%.*s.%.*s", TEXT_ARGUMENTS(call->as.call.use->name), TEXT_ARGUMENTS(function->name));
    if (kind == AWAIT_SERVICE && function->service != NULL)
        return text_format(arena, "%.*s.%.*s", TEXT_ARGUMENTS(function->service->name), TEXT_ARGUMENTS(function->name));
    return function->name;
}

/* "payment", "order.approval", "reservations" of an element; of what has no name: `otherwise`. */
static struct text
handle_path(struct arena *arena, const struct expression *handle, struct text otherwise)
{
    switch ((int)handle->kind) {
    case EXPRESSION_VARIABLE: return handle->as.variable->name;
    case EXPRESSION_STATE: return handle->as.member->name;
    case EXPRESSION_CALL: return handle->as.call.function->name;
    case EXPRESSION_START: return callee_path(arena, handle->as.start.kind, handle->operand);
    case EXPRESSION_NARROW:
    case EXPRESSION_UNWRAP:
    case EXPRESSION_INDEX: return handle_path(arena, handle->operand, otherwise);
    case EXPRESSION_MEMBER: {
        struct text owner = handle_path(arena, handle->operand, TEXT(""));
        if (owner.size_bytes == 0)
            return handle->as.member->name;
        return text_format(arena, "%.*s.%.*s", TEXT_ARGUMENTS(owner), TEXT_ARGUMENTS(handle->as.member->name));
    }
    default: return otherwise;
    }
}

struct text
identity_of_await(struct arena *arena, const struct expression *await)
{
    struct text written = await->as.await.name;
    if (written.size_bytes > 0)
        return text_format(arena, "@%.*s", TEXT_ARGUMENTS(written));
    switch (await->as.await.kind) {
    case AWAIT_SUBROUTINE:
    case AWAIT_STEP:
    case AWAIT_USE:
    case AWAIT_SERVICE: return callee_path(arena, await->as.await.kind, await->operand);
    case AWAIT_SLEEP: return TEXT("sleep");
    case AWAIT_SLEEP_UNTIL: return TEXT("sleep_until");
    case AWAIT_TASK: return handle_path(arena, await->operand, TEXT("task"));
    case AWAIT_PROMISE: return handle_path(arena, await->operand, TEXT("promise"));
    case AWAIT_ALL: return TEXT("all");
    case AWAIT_ANY: return TEXT("any");
    case AWAIT_SELECT: return TEXT("select");
    case AWAIT_CHECKPOINT: return TEXT("checkpoint");
    }
    return TEXT("await");
}

struct ordinal {
    unsigned next;
};

static struct ordinal *
new_ordinal(struct arena *arena, struct map *taken, struct text name)
{
    struct ordinal *ordinal = arena_new(arena, struct ordinal);
    ordinal->next = 2;
    map_put(taken, name, ordinal);
    return ordinal;
}

void
identity_number(struct arena *arena, struct suspension *const *suspensions, size_t count)
{
    struct map taken;
    map_initialise(&taken, arena);
    for (size_t index = 0; index < count; index++) {
        struct text base = suspensions[index]->identity;
        struct ordinal *ordinal = map_get(&taken, base);
        if (ordinal == NULL) {
            new_ordinal(arena, &taken, base);
            continue;
        }
        struct text name;
        do
            name = text_format(arena, "%.*s_%u", TEXT_ARGUMENTS(base), ordinal->next++);
        while (map_get(&taken, name) != NULL);
        new_ordinal(arena, &taken, name);
        suspensions[index]->identity = name;
    }
}
