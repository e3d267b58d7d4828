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
    case AWAIT_ALL:
    case AWAIT_ANY:
    case AWAIT_PROMISE:
    case AWAIT_SELECT:
    case AWAIT_TASK:
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
