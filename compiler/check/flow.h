/* Flow facts: what is known at a place in a function: whether it can be reached, and which variables of
 * optional type are not null there. A value type; every operation gives new facts and leaves the old ones.
 * Internal to check/; relies on base/arena.h. */
#ifndef DSY_COMPILER_CHECK_FLOW_H
#define DSY_COMPILER_CHECK_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler/base/arena.h"

struct facts {
    bool is_reachable;
    size_t word_count;        /* of not_null */
    const uint64_t *not_null; /* a bit for each variable index; words that are missing are 0 */
};

/* At the beginning of a function: reachable, nothing known. */
static inline struct facts
facts_none(void)
{
    return (struct facts){ .is_reachable = true };
}

static inline struct facts
facts_unreachable(struct facts facts)
{
    facts.is_reachable = false;
    return facts;
}

/* Whether the variable with this index is known not to be null. */
static inline bool
facts_is_not_null(struct facts facts, uint32_t index)
{
    return index / 64 < facts.word_count && (facts.not_null[index / 64] >> (index % 64) & 1) != 0;
}

struct facts facts_with(struct arena *arena, struct facts facts, uint32_t index);
struct facts facts_without(struct arena *arena, struct facts facts, uint32_t index);

/* What is known where two ways meet. */
struct facts facts_join(struct arena *arena, struct facts left, struct facts right);

#endif
