/* Flow facts: see flow.h. */
#include "compiler/check/flow.h"

#include <string.h>

static struct facts
copy_words(struct arena *arena, struct facts facts, size_t word_count, uint64_t **words)
{
    *words = arena_new_array(arena, uint64_t, word_count);
    if (facts.word_count > 0)
        memcpy(*words, facts.not_null, facts.word_count * sizeof **words);
    facts.not_null = *words;
    facts.word_count = word_count;
    return facts;
}

struct facts
facts_with(struct arena *arena, struct facts facts, uint32_t index)
{
    if (facts_is_not_null(facts, index))
        return facts;
    size_t needed = index / 64 + 1;
    uint64_t *words;
    facts = copy_words(arena, facts, needed > facts.word_count ? needed : facts.word_count, &words);
    words[index / 64] |= (uint64_t)1 << (index % 64);
    return facts;
}

struct facts
facts_without(struct arena *arena, struct facts facts, uint32_t index)
{
    if (!facts_is_not_null(facts, index))
        return facts;
    uint64_t *words;
    facts = copy_words(arena, facts, facts.word_count, &words);
    words[index / 64] &= ~((uint64_t)1 << (index % 64));
    return facts;
}

struct facts
facts_join(struct arena *arena, struct facts left, struct facts right)
{
    if (!left.is_reachable)
        return right;
    if (!right.is_reachable || left.not_null == right.not_null)
        return left;
    size_t count = left.word_count < right.word_count ? left.word_count : right.word_count;
    bool is_subset = left.word_count == count;
    for (size_t index = 0; index < count && is_subset; index++)
        is_subset = (left.not_null[index] & ~right.not_null[index]) == 0;
    if (is_subset)
        return left; /* what left knows, right knows too */
    struct facts joined = { .is_reachable = true, .word_count = count };
    uint64_t *words = arena_new_array(arena, uint64_t, count);
    for (size_t index = 0; index < count; index++)
        words[index] = left.not_null[index] & right.not_null[index];
    joined.not_null = words;
    return joined;
}
