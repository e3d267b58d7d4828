/* Effects: see effect.h.
 *
 * A function's events are noted in source order: what throws, calls, throws again, and where a try's body ends. One
 * walk over them computes the errors that each scope lets out from those that the called functions let out; a
 * function whose errors grew makes its callers be walked again, until nothing grows. */
#include "compiler/check/effect.h"

#include <stdlib.h>

/* A set of declared errors: one bit for each, by the index in its structure; one more for "any other". */
struct error_set {
    uint64_t *words; /* NULL: empty */
};

struct effect_scope {
    struct effect_scope *outer; /* NULL: the body of the function */
    const struct type *const *catches;
    size_t catch_count;
    const struct span *catch_spans;
    struct error_set errors; /* thrown directly within it, in the walk that is going on */
};

enum effect_kind {
    EFFECT_THROW,
    EFFECT_CALL,
    EFFECT_TASK,    /* awaited: what all that is started throws, and any other */
    EFFECT_UNKNOWN, /* any other */
    EFFECT_RETHROW,
    EFFECT_TRY_END,
};

struct effect_event {
    enum effect_kind kind;
    struct span span;
    struct effect_scope *scope;      /* where it goes to; of TRY_END: the try's own */
    const struct type *error;        /* THROW */
    const struct function *function; /* CALL */
    struct effect_scope *caught;     /* RETHROW: the try whose catch it stands in, and which of its clauses */
    size_t clause;
};
struct effect_event_list VECTOR(struct effect_event);
struct effect_scope_list VECTOR(struct effect_scope *);

struct effects {
    struct effect_event_list events;
    struct effect_scope_list scopes; /* the body's first */
    struct function_check_list callers;
    struct function_pointer_list *starts; /* what `start` names; its compensations have the same list */
};

/* ---- noting ---- */

static struct effect_scope *
add_scope(struct body *body, struct effect_scope *outer)
{
    struct effect_scope *scope = arena_new(body->checker->arena, struct effect_scope);
    scope->outer = outer;
    vector_add(body->checker->arena, &body->function->effects->scopes, scope);
    return scope;
}

static void
add_event(struct body *body, struct effect_event event)
{
    vector_add(body->checker->arena, &body->function->effects->events, event);
}

void
effect_begin(struct body *body)
{
    struct effects *effects = arena_new(body->checker->arena, struct effects);
    effects->starts = arena_new(body->checker->arena, struct function_pointer_list);
    body->function->effects = effects;
    body->effect = add_scope(body, NULL);
}

void
effect_begin_within(struct body *body, const struct body *outside)
{
    effect_begin(body);
    body->function->effects->starts = outside->function->effects->starts;
}

void
effect_throw(struct body *body, const struct type *error, struct span span)
{
    add_event(body, (struct effect_event){ .kind = EFFECT_THROW, .span = span, .scope = body->effect, .error = error });
}

void
effect_call(struct body *body, const struct function *function, struct span span)
{
    if (function->colour == COLOUR_NATIVE)
        return;
    add_event(body,
              (struct effect_event){ .kind = EFFECT_CALL, .span = span, .scope = body->effect, .function = function });
}

void
effect_start(struct body *body, const struct function *function)
{
    vector_add(body->checker->arena, body->function->effects->starts, function);
}

void
effect_await_task(struct body *body, struct span span)
{
    add_event(body, (struct effect_event){ .kind = EFFECT_TASK, .span = span, .scope = body->effect });
}

void
effect_await_unknown(struct body *body, struct span span)
{
    add_event(body, (struct effect_event){ .kind = EFFECT_UNKNOWN, .span = span, .scope = body->effect });
}

void
effect_rethrow(struct body *body, struct span span)
{
    add_event(body, (struct effect_event){ .kind = EFFECT_RETHROW,
                                           .span = span,
                                           .scope = body->effect,
                                           .caught = body->caught,
                                           .clause = body->caught_clause });
}

struct effect_scope *
effect_enter_try(struct body *body)
{
    body->effect = add_scope(body, body->effect);
    return body->effect;
}

void
effect_leave_try(struct body *body, struct effect_scope *scope, const struct type *const *catches,
                 const struct ast_catch_list *clauses)
{
    const struct type **types = arena_new_array(body->checker->arena, const struct type *, clauses->count);
    struct span *spans = arena_new_array(body->checker->arena, struct span, clauses->count);
    for (size_t index = 0; index < clauses->count; index++) {
        types[index] = catches[index];
        spans[index] = clauses->items[index].span;
    }
    scope->catches = types;
    scope->catch_spans = spans;
    scope->catch_count = clauses->count;
    body->effect = scope->outer;
    add_event(body, (struct effect_event){ .kind = EFFECT_TRY_END, .scope = scope });
}

/* ---- sets ---- */

/* The inference of one program. */
struct inference {
    struct checker *checker;
    const struct type **errors; /* by index; NULL, "any other", behind the last one */
    size_t error_count;
    size_t word_count;
    struct function_check_list queue;
};

static size_t
error_index(const struct type *error)
{
    return ((const struct structure *)error->declaration.structure)->error_index;
}

static bool
set_has(const struct error_set *set, size_t index)
{
    return set->words != NULL && (set->words[index / 64] >> (index % 64) & 1) != 0;
}

static void
set_add(struct inference *inference, struct error_set *set, size_t index)
{
    if (set->words == NULL)
        set->words = arena_new_array(inference->checker->arena, uint64_t, inference->word_count);
    set->words[index / 64] |= (uint64_t)1 << (index % 64);
}

static void
set_clear(struct inference *inference, struct error_set *set)
{
    if (set->words != NULL)
        memset(set->words, 0, inference->word_count * sizeof *set->words);
}

/* Add all of one set to another; whether it grew. */
static bool
set_add_all(struct inference *inference, struct error_set *set, const struct error_set *more)
{
    if (more->words == NULL)
        return false;
    bool grew = false;
    for (size_t word = 0; word < inference->word_count; word++) {
        uint64_t added = more->words[word];
        if (added == 0 || (set->words != NULL && (added & ~set->words[word]) == 0))
            continue;
        if (set->words == NULL)
            set->words = arena_new_array(inference->checker->arena, uint64_t, inference->word_count);
        set->words[word] |= added;
        grew = true;
    }
    return grew;
}

/* ---- what a try lets out, and what a catch takes ---- */

/* The clause that catches an error, NULL being any other; catch_count if none does. */
static size_t
catching_clause(const struct effect_scope *scope, const struct type *error)
{
    size_t clause = 0;
    while (clause < scope->catch_count && scope->catches[clause] != error &&
           scope->catches[clause]->kind != TYPE_ANY_ERROR)
        clause++;
    return clause;
}

/* Add those errors of a try's body that the clause takes (catch_count: that no clause takes). */
static void
add_caught(struct inference *inference, struct error_set *set, const struct effect_scope *scope, size_t clause)
{
    if (scope->errors.words == NULL)
        return;
    for (size_t index = 0; index <= inference->error_count; index++) {
        if (set_has(&scope->errors, index) && catching_clause(scope, inference->errors[index]) == clause)
            set_add(inference, set, index);
    }
}

/* Whether the errors of a function are inferred; else `throws` is its contract. */
static bool
is_inferred(const struct function_check *function)
{
    bool has_body = function->public.colour == COLOUR_PURE || function->public.colour == COLOUR_ROUTINE;
    return has_body && !function->has_throws && !function->public.is_public;
}

/* ---- walking ---- */

static const struct error_set *
escaping(const struct function *function)
{
    static const struct error_set none = { NULL };
    const struct function_check *check = (const struct function_check *)function;
    return check->escaping != NULL ? check->escaping : &none;
}

static void
add_task(struct inference *inference, const struct effects *effects, struct error_set *errors)
{
    for (size_t index = 0; index < effects->starts->count; index++)
        set_add_all(inference, errors, escaping(effects->starts->items[index]));
    set_add(inference, errors, inference->error_count);
}

static void
walk_event(struct inference *inference, const struct effects *effects, const struct effect_event *event)
{
    switch (event->kind) {
    case EFFECT_THROW: set_add(inference, &event->scope->errors, error_index(event->error)); break;
    case EFFECT_CALL: set_add_all(inference, &event->scope->errors, escaping(event->function)); break;
    case EFFECT_TASK: add_task(inference, effects, &event->scope->errors); break;
    case EFFECT_UNKNOWN: set_add(inference, &event->scope->errors, inference->error_count); break;
    case EFFECT_RETHROW: add_caught(inference, &event->scope->errors, event->caught, event->clause); break;
    case EFFECT_TRY_END:
        add_caught(inference, &event->scope->outer->errors, event->scope, event->scope->catch_count);
        break;
    }
}

static const struct error_set *
walk(struct inference *inference, const struct function_check *function)
{
    const struct effects *effects = function->effects;
    for (size_t index = 0; index < effects->scopes.count; index++)
        set_clear(inference, &effects->scopes.items[index]->errors);
    for (size_t index = 0; index < effects->events.count; index++)
        walk_event(inference, effects, &effects->events.items[index]);
    return &effects->scopes.items[0]->errors;
}

static void
enqueue(struct inference *inference, struct function_check *function)
{
    if (function->is_queued || function->effects == NULL)
        return;
    function->is_queued = true;
    vector_add(inference->checker->arena, &inference->queue, function);
}

static void
process(struct inference *inference, struct function_check *function)
{
    const struct error_set *errors = walk(inference, function);
    if (!is_inferred(function))
        return;
    if (function->escaping == NULL)
        function->escaping = arena_new(inference->checker->arena, struct error_set);
    if (!set_add_all(inference, function->escaping, errors))
        return;
    for (size_t index = 0; index < function->effects->callers.count; index++)
        enqueue(inference, function->effects->callers.items[index]);
}

/* ---- preparing ---- */

static void
number_errors(struct inference *inference)
{
    struct checker *checker = inference->checker;
    struct type_pointer_list errors = { 0 };
    for (size_t index = 0; index < checker->symbols.count; index++) {
        struct symbol *symbol = checker->symbols.items[index];
        if (symbol->kind != SYMBOL_ERROR)
            continue;
        symbol->as.structure->error_index = (uint32_t)errors.count;
        vector_add(checker->arena, &errors, symbol->as.structure->public.type);
    }
    inference->error_count = errors.count;
    vector_add(checker->arena, &errors, NULL);
    inference->errors = errors.items;
    inference->word_count = (errors.count + 63) / 64;
}

/* The written throws of a function as what can leave it. */
static void
take_written(struct inference *inference, struct function_check *function)
{
    if (is_inferred(function) || function->public.throw_count == 0)
        return;
    function->escaping = arena_new(inference->checker->arena, struct error_set);
    for (size_t index = 0; index < function->public.throw_count; index++)
        set_add(inference, function->escaping, error_index(function->public.throws[index]));
}

/* Note a function with one that it calls or starts, if what that one throws is not known yet. */
static void
note_callee(struct inference *inference, struct function_check *caller, const struct function *function)
{
    struct function_check *callee = (struct function_check *)function;
    if (callee->effects == NULL || !is_inferred(callee))
        return;
    struct function_check_list *callers = &callee->effects->callers;
    if (callers->count == 0 || vector_last(callers) != caller)
        vector_add(inference->checker->arena, callers, caller);
}

static void
note_caller(struct inference *inference, struct function_check *caller)
{
    if (caller->effects == NULL)
        return;
    for (size_t index = 0; index < caller->effects->events.count; index++) {
        const struct effect_event *event = &caller->effects->events.items[index];
        if (event->kind == EFFECT_CALL)
            note_callee(inference, caller, event->function);
    }
    const struct function_pointer_list *starts = caller->effects->starts;
    for (size_t index = 0; index < starts->count; index++)
        note_callee(inference, caller, starts->items[index]);
}

/* ---- results ---- */

static int
compare_errors(const void *left, const void *right)
{
    const struct type *first = *(const struct type *const *)left;
    const struct type *second = *(const struct type *const *)right;
    return text_compare(first->name, second->name);
}

static void
fill_in_throws(struct inference *inference, struct function_check *function)
{
    struct type_pointer_list throws = { 0 };
    for (size_t index = 0; index < inference->error_count; index++) {
        if (set_has(escaping(&function->public), index))
            vector_add(inference->checker->arena, &throws, inference->errors[index]);
    }
    if (throws.count > 1)
        qsort(throws.items, throws.count, sizeof throws.items[0], compare_errors);
    function->public.throws = throws.items;
    function->public.throw_count = throws.count;
}

/* Whether something that is started can throw the error. */
static bool
starts_thrower(const struct effects *effects, const struct type *error)
{
    for (size_t index = 0; index < effects->starts->count; index++) {
        if (set_has(escaping(effects->starts->items[index]), error_index(error)))
            return true;
    }
    return false;
}

/* Whether an event can be where this error comes from: it goes there, and no try around it catches it. */
static bool
is_origin(const struct effects *effects, const struct effect_event *event, const struct type *error)
{
    switch (event->kind) {
    case EFFECT_THROW:
        if (event->error != error)
            return false;
        break;
    case EFFECT_CALL:
        if (!set_has(escaping(event->function), error_index(error)))
            return false;
        break;
    case EFFECT_TASK:
        if (!starts_thrower(effects, error))
            return false;
        break;
    case EFFECT_RETHROW:
        if (!set_has(&event->caught->errors, error_index(error)) ||
            catching_clause(event->caught, error) != event->clause)
            return false;
        break;
    case EFFECT_UNKNOWN:
    case EFFECT_TRY_END: return false;
    }
    for (const struct effect_scope *scope = event->scope; scope->outer != NULL; scope = scope->outer) {
        if (catching_clause(scope, error) < scope->catch_count)
            return false;
    }
    return true;
}

/* Where an error that leaves a function comes from. */
static struct span
find_origin(const struct function_check *function, const struct type *error)
{
    const struct effects *effects = function->effects;
    for (size_t index = 0; index < effects->events.count; index++) {
        if (is_origin(effects, &effects->events.items[index], error))
            return effects->events.items[index].span;
    }
    return function->public.span;
}

static void
report_undeclared(struct inference *inference, const struct function_check *function, const struct type *error)
{
    struct diagnostic *found = diagnostic_add(inference->checker->diagnostics, DIAGNOSTIC_UNDECLARED_THROW,
                                              find_origin(function, error), error->name, function->public.name);
    diagnostic_note(found, function->public.span, "'%t' is declared here", function->public.name);
    diagnostic_help(found, "catch it, or name it: throws %t", error->name);
}

static void
check_contract(struct inference *inference, const struct function_check *function)
{
    const struct error_set *errors = walk(inference, function);
    for (size_t index = 0; index < inference->error_count; index++) {
        if (set_has(errors, index) && !set_has(escaping(&function->public), index))
            report_undeclared(inference, function, inference->errors[index]);
    }
}

void
effects_infer(struct checker *checker)
{
    struct inference inference = { .checker = checker };
    number_errors(&inference);
    if (inference.error_count == 0)
        return;
    const struct function_check_list *functions = &checker->functions;
    for (size_t index = 0; index < checker->methods.count; index++)
        take_written(&inference, checker->methods.items[index]);
    for (size_t index = 0; index < functions->count; index++)
        take_written(&inference, functions->items[index]);
    for (size_t index = 0; index < functions->count; index++) {
        note_caller(&inference, functions->items[index]);
        enqueue(&inference, functions->items[index]);
    }
    for (size_t index = 0; index < inference.queue.count; index++) {
        struct function_check *function = inference.queue.items[index];
        function->is_queued = false;
        process(&inference, function);
    }
    for (size_t index = 0; index < functions->count; index++) {
        struct function_check *function = functions->items[index];
        if (is_inferred(function))
            fill_in_throws(&inference, function);
        else if (function->effects != NULL)
            check_contract(&inference, function);
    }
}

/* ---- warnings ---- */

/* Whether a clause names an error that its try cannot throw. Of the built-in ones that is not known. */
static bool
is_unreachable_clause(const struct inference *inference, const struct effect_scope *scope, size_t clause)
{
    const struct type *error = scope->catches[clause];
    if (error->kind != TYPE_ERROR || error->declaration.structure->is_built_in)
        return false;
    return !set_has(&scope->errors, error_index(error)) && !set_has(&scope->errors, inference->error_count);
}

static void
warn_of_clauses(struct inference *inference, const struct effects *effects)
{
    for (size_t index = 0; index < effects->scopes.count; index++) {
        const struct effect_scope *scope = effects->scopes.items[index];
        for (size_t clause = 0; clause < scope->catch_count; clause++) {
            if (!is_unreachable_clause(inference, scope, clause))
                continue;
            struct diagnostic *found = diagnostic_add(inference->checker->diagnostics, DIAGNOSTIC_NEVER_THROWN,
                                                      scope->catch_spans[clause], scope->catches[clause]->name);
            diagnostic_help(found, "leave the clause out");
        }
    }
}

static void
warn_of_compensation(struct inference *inference, const struct function_check *function)
{
    for (size_t index = 0; index < function->public.throw_count; index++) {
        const struct type *error = function->public.throws[index];
        struct diagnostic *found = diagnostic_add(inference->checker->diagnostics, DIAGNOSTIC_COMPENSATION_THROWS,
                                                  find_origin(function, error), error->name);
        diagnostic_help(found, "catch it within the body, and do what is to be done then");
    }
}

void
effects_warn(struct checker *checker)
{
    struct inference inference = { .checker = checker };
    number_errors(&inference);
    if (inference.error_count == 0)
        return;
    for (size_t index = 0; index < checker->functions.count; index++) {
        const struct function_check *function = checker->functions.items[index];
        if (function->effects == NULL)
            continue;
        walk(&inference, function);
        warn_of_clauses(&inference, function->effects);
        if (function->public.outer != NULL)
            warn_of_compensation(&inference, function);
    }
}
