/* Diagnostics: see diagnostic.h. */
#include "compiler/base/diagnostic.h"

#include <ctype.h>
#include <stdlib.h>

#include "compiler/base/vector.h"

const struct diagnostic_description diagnostic_descriptions[DIAGNOSTIC_CODE_COUNT] = {
#define DIAGNOSTIC(CODE, SEVERITY, NAME, TEXT, EXPLANATION) \
    [DIAGNOSTIC_##NAME] = { #CODE, SEVERITY_##SEVERITY, #NAME, TEXT, EXPLANATION },
#include "compiler/base/diagnostic.def"
#undef DIAGNOSTIC
};

const struct diagnostic_description *
diagnostic_find(const char *code)
{
    for (size_t index = 0; index < DIAGNOSTIC_CODE_COUNT; index++) {
        const char *candidate = diagnostic_descriptions[index].code;
        size_t length = strlen(candidate);
        if (strlen(code) == length && toupper((unsigned char)code[0]) == candidate[0] &&
            strcmp(code + 1, candidate + 1) == 0)
            return &diagnostic_descriptions[index];
    }
    return NULL;
}

void
diagnostics_initialise(struct diagnostics *diagnostics, struct arena *arena, struct sources *sources)
{
    *diagnostics = (struct diagnostics){ .arena = arena, .sources = sources };
}

/* Fill in the placeholders of a template; see the head of diagnostic.h. */
static struct text
fill_in(struct arena *arena, const char *template, va_list arguments)
{
    struct text_builder builder;
    text_builder_initialise(&builder, arena);
    for (const char *cursor = template; *cursor != '\0'; cursor++) {
        if (*cursor != '%') {
            text_builder_add_character(&builder, *cursor);
            continue;
        }
        cursor++;
        switch (*cursor) {
        case 't': text_builder_add(&builder, va_arg(arguments, struct text)); break;
        case 's': text_builder_add_string(&builder, va_arg(arguments, const char *)); break;
        case 'd': text_builder_format(&builder, "%d", va_arg(arguments, int)); break;
        case 'l': text_builder_format(&builder, "%lld", (long long)va_arg(arguments, int64_t)); break;
        case 'u': text_builder_format(&builder, "%llu", (unsigned long long)va_arg(arguments, uint64_t)); break;
        case 'z': text_builder_format(&builder, "%zu", va_arg(arguments, size_t)); break;
        case 'c': text_builder_add_character(&builder, (char)va_arg(arguments, int)); break;
        case '%': text_builder_add_character(&builder, '%'); break;
        default: /* a template of ours that diagnostic.h does not allow; test_diagnostic finds those */ abort();
        }
    }
    return text_builder_text(&builder);
}

/* Is the same complaint at the same place already there? Only the newest ones can be. */
#define REPEATS_LOOKED_AT 16

static struct diagnostic *
find_repeated(const struct diagnostics *diagnostics, const struct diagnostic *diagnostic)
{
    size_t first = diagnostics->count > REPEATS_LOOKED_AT ? diagnostics->count - REPEATS_LOOKED_AT : 0;
    for (size_t index = diagnostics->count; index > first; index--) {
        struct diagnostic *other = diagnostics->items[index - 1];
        if (other->code == diagnostic->code && other->span.begin == diagnostic->span.begin &&
            other->span.end == diagnostic->span.end && text_equal(other->text, diagnostic->text))
            return other;
    }
    return NULL;
}

struct diagnostic *
diagnostic_add(struct diagnostics *diagnostics, enum diagnostic_code code, struct span span, ...)
{
    struct diagnostic *diagnostic = arena_new(diagnostics->arena, struct diagnostic);
    diagnostic->owner = diagnostics;
    diagnostic->code = code;
    diagnostic->severity = diagnostic_descriptions[code].severity;
    diagnostic->span = span;
    va_list arguments;
    va_start(arguments, span);
    diagnostic->text = fill_in(diagnostics->arena, diagnostic_descriptions[code].text, arguments);
    va_end(arguments);
    if (find_repeated(diagnostics, diagnostic) != NULL)
        return diagnostic;
    if (diagnostic->severity == SEVERITY_ERROR)
        diagnostics->error_count++;
    else
        diagnostics->warning_count++;
    if (diagnostics->count == DIAGNOSTICS_MAX)
        return diagnostic;
    diagnostic->index = diagnostics->count;
    vector_add(diagnostics->arena, diagnostics, diagnostic);
    return diagnostic;
}

static void
add_remark(struct diagnostic *diagnostic, enum remark_kind kind, struct span span, struct text text)
{
    struct remark *remark = arena_new(diagnostic->owner->arena, struct remark);
    remark->kind = kind;
    remark->span = span;
    remark->text = text;
    if (diagnostic->last_remark == NULL)
        diagnostic->remarks = remark;
    else
        diagnostic->last_remark->next = remark;
    diagnostic->last_remark = remark;
}

void
diagnostic_note(struct diagnostic *diagnostic, struct span span, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_remark(diagnostic, REMARK_NOTE, span, fill_in(diagnostic->owner->arena, format, arguments));
    va_end(arguments);
}

void
diagnostic_help(struct diagnostic *diagnostic, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_remark(diagnostic, REMARK_HELP, (struct span){ 0, 0 }, fill_in(diagnostic->owner->arena, format, arguments));
    va_end(arguments);
}

void
diagnostic_fix(struct diagnostic *diagnostic, struct span span, struct text replacement)
{
    struct arena *arena = diagnostic->owner->arena;
    struct fix *fix = arena_new(arena, struct fix);
    fix->span = span;
    fix->replacement = text_copy(arena, replacement);
    fix->next = diagnostic->fixes;
    diagnostic->fixes = fix;
    if (span.begin == span.end)
        diagnostic_help(diagnostic, "insert '%t'", replacement);
    else if (replacement.size_bytes == 0)
        diagnostic_help(diagnostic, "remove '%t'", sources_text(diagnostic->owner->sources, span));
    else
        diagnostic_help(diagnostic, "write '%t' instead of '%t'", replacement,
                        sources_text(diagnostic->owner->sources, span));
}

static int
compare_places(const void *left_pointer, const void *right_pointer)
{
    const struct diagnostic *left = *(struct diagnostic *const *)left_pointer;
    const struct diagnostic *right = *(struct diagnostic *const *)right_pointer;
    if (left->span.begin != right->span.begin)
        return left->span.begin < right->span.begin ? -1 : 1;
    return left->index < right->index ? -1 : left->index > right->index;
}

void
diagnostics_sort(struct diagnostics *diagnostics)
{
    if (diagnostics->count > 1)
        qsort(diagnostics->items, diagnostics->count, sizeof *diagnostics->items, compare_places);
}
