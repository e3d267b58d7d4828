/* dsyc check --fix: see fix.h. */
#include "compiler/tool/fix.h"

#include <stdlib.h>

struct fix_list VECTOR(const struct fix *);

static int
compare_fixes(const void *left, const void *right)
{
    const struct fix *const *first = left, *const *second = right;
    if ((*first)->span.begin != (*second)->span.begin)
        return (*first)->span.begin < (*second)->span.begin ? -1 : 1;
    return (*first)->span.end < (*second)->span.end ? -1 : (*first)->span.end > (*second)->span.end;
}

static bool
is_in_file(const struct fix *fix, const struct source_file *file)
{
    return fix->span.begin >= file->base && fix->span.end <= file->base + file->size_bytes;
}

size_t
fix_file(const struct diagnostics *diagnostics, const struct source_file *file, struct text_builder *builder)
{
    struct fix_list fixes = { 0 };
    for (size_t index = 0; index < diagnostics->count; index++) {
        for (const struct fix *fix = diagnostics->items[index]->fixes; fix != NULL; fix = fix->next) {
            if (is_in_file(fix, file))
                vector_add(builder->arena, &fixes, fix);
        }
    }
    if (fixes.count > 1)
        qsort(fixes.items, fixes.count, sizeof *fixes.items, compare_fixes);
    size_t applied = 0;
    uint32_t place = file->base; /* everything before it is written */
    bool is_at_fix = false;      /* and a fix has just been */
    for (size_t index = 0; index < fixes.count; index++) {
        const struct fix *fix = fixes.items[index];
        if (fix->span.begin < place || (is_at_fix && fix->span.begin == place))
            continue;
        text_builder_add(builder, (struct text){ file->content + (place - file->base), fix->span.begin - place });
        text_builder_add(builder, fix->replacement);
        place = fix->span.end;
        is_at_fix = true;
        applied++;
    }
    uint32_t end = file->base + (uint32_t)file->size_bytes;
    text_builder_add(builder, (struct text){ file->content + (place - file->base), end - place });
    return applied;
}
