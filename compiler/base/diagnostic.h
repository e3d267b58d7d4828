/* Diagnostics: what the compiler says about a program: errors and warnings with a code, a span,
 * notes and helps. diagnostic.def is the one list of codes, texts and explanations.
 * They are collected, never printed here; diagnostic_print.h renders them.
 * Relies on base/source.h and base/text.h.
 *
 *     struct diagnostic *found = diagnostic_add(diagnostics, DIAGNOSTIC_UNKNOWN_NAME, span, name);
 *     diagnostic_note(found, other_span, "'%t' is declared here", name);
 *     diagnostic_help(found, "did you mean '%t'?", near);
 *
 * Placeholders of all these texts, which are our own and not printf's:
 *     %t struct text     %s const char *     %d int     %l int64_t     %u uint64_t     %z size_t
 *     %c char (an int)   %% a per cent sign */
#ifndef DSY_COMPILER_BASE_DIAGNOSTIC_H
#define DSY_COMPILER_BASE_DIAGNOSTIC_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler/base/arena.h"
#include "compiler/base/source.h"
#include "compiler/base/text.h"

/* Errors kept for a compilation; those beyond are counted only. A file of noise can't fill the
 * memory with complaints about it. */
#define DIAGNOSTICS_MAX 500

enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

enum diagnostic_code {
#define DIAGNOSTIC(CODE, SEVERITY, NAME, TEXT, EXPLANATION) DIAGNOSTIC_##NAME,
#include "compiler/base/diagnostic.def"
#undef DIAGNOSTIC
    DIAGNOSTIC_CODE_COUNT
};

struct diagnostic_description {
    const char *code; /* "E0203" */
    enum severity severity;
    const char *name;        /* "AWAIT_OUTSIDE_ASYNC" */
    const char *text;        /* the template */
    const char *explanation; /* for `dsyc explain`; several lines */
};

extern const struct diagnostic_description diagnostic_descriptions[DIAGNOSTIC_CODE_COUNT];

/* The description of a code such as "E0203" or "e0203"; NULL if there is none. */
const struct diagnostic_description *diagnostic_find(const char *code);

enum remark_kind { REMARK_NOTE, REMARK_HELP };

struct remark {
    enum remark_kind kind;
    struct span span; /* nowhere: the text only */
    struct text text;
    struct remark *next;
};

/* A mend that is certain: replace the span by the text. */
struct fix {
    struct span span;
    struct text replacement;
    struct fix *next;
};

struct diagnostic {
    struct diagnostics *owner;
    enum diagnostic_code code;
    enum severity severity;
    struct span span;
    struct text text;
    struct remark *remarks; /* in order */
    struct remark *last_remark;
    struct fix *fixes;
    size_t index; /* in order of discovery */
};

struct diagnostics {
    struct arena *arena;
    struct sources *sources; /* borrowed */
    struct diagnostic **items;
    size_t count;
    size_t capacity;
    size_t error_count; /* also of those not kept */
    size_t warning_count;
};

void diagnostics_initialise(struct diagnostics *diagnostics, struct arena *arena, struct sources *sources);

/* Add what `code` says with the arguments its template wants. Never NULL: a diagnostic that is
 * not kept is a scratch one. The same code and text at the same span are kept once. */
struct diagnostic *diagnostic_add(struct diagnostics *diagnostics, enum diagnostic_code code, struct span span, ...);

/* Add a line `note: …` with a place of its own. */
void diagnostic_note(struct diagnostic *diagnostic, struct span span, const char *format, ...);
/* Add a line `help: …` without a place. */
void diagnostic_help(struct diagnostic *diagnostic, const char *format, ...);
/* Say how to mend it: `help: …`, and the replacement for tools. */
void diagnostic_fix(struct diagnostic *diagnostic, struct span span, struct text replacement);

/* Sort by file and place; stable. Call it once, before printing. */
void diagnostics_sort(struct diagnostics *diagnostics);

#endif
