/* Extern: what is written in C, as prototypes with their documentation: steps, what answers for them later, native
 * functions, and how errors are thrown from there. See emitter.h.
 * Those of the user's stand in the header; those of the standard library, which libdsy has, in the program itself. */
#include "compiler/emit/emitter.h"

/* "void NAME_answer(struct dsy_answer *answer, struct Receipt result)", which dsyc writes. */
void
emit_answer_signature(const struct emitter *emitter, struct writer *writer, const struct function *function,
                      const char *gap)
{
    write_template(writer, "void$gap$$name$(struct dsy_answer *answer", HOLE("gap", text_from_string(gap)),
                   HOLE("name", emitter->functions[function->index].answer_name));
    if (function->result->kind != TYPE_VOID)
        write_template(writer, ", $type$ result", HOLE("type", type_spelling(emitter, function->result)));
    write_string(writer, ")");
}

/* In the largest unit that divides it. */
static void
write_duration(struct writer *writer, int64_t nanoseconds)
{
    struct duration_reading reading = duration_read(nanoseconds);
    write_format(writer, "%lld %s", (long long)reading.count, reading.unit);
}

static size_t
longest_parameter(const struct function *function)
{
    size_t longest = 6; /* "result" */
    for (size_t index = 0; index < function->parameter_count; index++) {
        if (function->parameters[index]->c_name.size_bytes > longest)
            longest = function->parameters[index]->c_name.size_bytes;
    }
    return longest;
}

/* In words what the step's declaration says beside its parameters. */
static void
emit_annotations(struct writer *writer, const struct function *function)
{
    const struct retry_policy *retry = &function->retry;
    if (retry->is_written && retry->attempts > 0)
        write_format(writer, " * Executed at most %lld times,", (long long)retry->attempts);
    else
        write_string(writer, " * Executed until it succeeds,");
    write_string(writer, " again after ");
    write_duration(writer, retry->first_ns);
    if (retry->most_ns > retry->first_ns && retry->factor > 1) {
        write_format(writer, ", each time %g times as long, at most ", retry->factor);
        write_duration(writer, retry->most_ns);
    }
    write_string(writer, ".\n");
    if (function->timeout_ns > 0) {
        write_string(writer, " * An attempt that takes longer than ");
        write_duration(writer, function->timeout_ns);
        write_string(writer, " counts as failed.\n");
    }
    if (function->limit_concurrency > 0)
        write_format(writer, " * At most %lld at a time in the deployment.\n", (long long)function->limit_concurrency);
    if (function->limit_per_second > 0)
        write_format(writer, " * At most %g begun in a second.\n", function->limit_per_second);
    switch (function->step_effect) {
    case STEP_EFFECT_AT_LEAST_ONCE: break;
    case STEP_EFFECT_IDEMPOTENT: write_string(writer, " * Safe to be executed again without a key.\n"); break;
    case STEP_EFFECT_AT_MOST_ONCE:
        write_string(writer, " * Never executed again after a crash: StepFailed is thrown at the await then.\n");
        break;
    }
}

static void
emit_function_documentation(const struct emitter *emitter, struct writer *writer, const struct function *function)
{
    bool is_step = function->colour == COLOUR_STEP;
    int width = (int)longest_parameter(function);
    write_string(writer, "/* ");
    if (function->documentation.size_bytes == 0) {
        write_text(writer, function->qualified_name);
    } else {
        const char *next = function->documentation.data, *end = next + function->documentation.size_bytes;
        while (next < end) {
            const char *line_feed = memchr(next, '\n', (size_t)(end - next));
            const char *line_end = line_feed != NULL ? line_feed : end;
            write_comment_text(writer, (struct text){ next, (size_t)(line_end - next) }, 400);
            next = line_feed != NULL ? line_feed + 1 : end;
            if (next < end)
                write_string(writer, "\n * ");
        }
    }
    write_string(writer, "\n *\n");
    write_format(writer, " * %-*s  %s\n", width, is_step ? "step" : "run",
                 is_step ? "this attempt: dsy_step_key(step) is the same at every execution"
                         : "for what makes values: dsy_string_copy(run, text)");
    for (size_t index = 0; index < function->parameter_count; index++) {
        const struct variable *parameter = function->parameters[index];
        write_format(writer, " * %-*.*s  %.*s\n", width, TEXT_ARGUMENTS(parameter->c_name),
                     TEXT_ARGUMENTS(parameter->type->name));
    }
    bool has_result = function->result->kind != TYPE_VOID;
    if (is_step && has_result)
        write_format(writer, " * %-*s  takes the %.*s when DSY_STEP_DONE is returned\n", width, "result",
                     TEXT_ARGUMENTS(function->result->name));
    write_string(writer, " *\n");
    if (!is_step) {
        if (has_result)
            write_format(writer, " * Returns the %.*s. ", TEXT_ARGUMENTS(function->result->name));
        else
            write_string(writer, " * ");
        write_string(writer,
                     function->has_effect
                         ? "Called in routines only; what it does must not be seen before the commit. */\n"
                         : "The same arguments must give the same result: no input, output, clock or chance. */\n");
        return;
    }
    emit_annotations(writer, function);
    write_string(writer, " * Returns DSY_STEP_DONE;\n");
    for (size_t index = 0; index < function->throw_count; index++) {
        const struct type *error = function->throws[index];
        if (!type_is_built_in_error(error))
            write_format(writer, " *         %.*s_throw(step, …) to throw %.*s at the await;\n",
                         TEXT_ARGUMENTS(type_stem(emitter, error)), TEXT_ARGUMENTS(error->name));
    }
    write_format(writer, " *         DSY_STEP_LATER, when dsy_step_later(step) was taken and %.*s() will be called;\n",
                 TEXT_ARGUMENTS(emitter->functions[function->index].answer_name));
    write_string(writer, " *         dsy_step_retry(step, \"why\") to be executed again. */\n");
}

static void
emit_extern_prototype(const struct emitter *emitter, struct writer *writer, const struct function *function)
{
    bool is_step = function->colour == COLOUR_STEP;
    write_blank_line(writer);
    emit_function_documentation(emitter, writer, function);
    if (is_step)
        write_template(writer, "enum dsy_step_outcome $name$(struct dsy_step *step", HOLE("name", function->c_name));
    else
        write_template(writer, "$result$ $name$(struct dsy_run *run",
                       HOLE("result", type_spelling(emitter, function->result)), HOLE("name", function->c_name));
    for (size_t index = 0; index < function->parameter_count; index++) {
        const struct variable *parameter = function->parameters[index];
        write_template(writer, ", $type$ $name$", HOLE("type", type_spelling(emitter, parameter->type)),
                       HOLE("name", parameter->c_name));
    }
    if (is_step && function->result->kind != TYPE_VOID)
        write_template(writer, ", $type$ *result", HOLE("type", type_spelling(emitter, function->result)));
    write_template(writer, ") $symbol$($name$);\n", HOLE("symbol", is_step ? TEXT("DSY_STEP") : TEXT("DSY_NATIVE")),
                   HOLE("name", function_symbol(emitter, function)));
    if (is_step) {
        emit_answer_signature(emitter, writer, function, " ");
        write_template(writer, " DSY_ANSWER($name$);\n", HOLE("name", function_symbol(emitter, function)));
    }
}

static void
emit_extern_colour(const struct emitter *emitter, struct writer *writer, enum colour colour, bool is_of_library,
                   const char *title)
{
    bool is_printed = false;
    for (size_t index = 0; index < emitter->program->function_count; index++) {
        const struct function *function = emitter->program->functions[index];
        if (function->colour != colour || function_is_of_library(emitter, function) != is_of_library)
            continue;
        emit_title(writer, &is_printed, title);
        emit_extern_prototype(emitter, writer, function);
    }
}

void
emit_extern_functions(const struct emitter *emitter, struct writer *writer, bool is_of_library)
{
    emit_extern_colour(emitter, writer, COLOUR_STEP, is_of_library,
                       "steps: run on a worker thread, may block, are executed at least once");
    emit_extern_colour(emitter, writer, COLOUR_NATIVE, is_of_library,
                       "native functions: pure, called within a transition");
}

void
emit_throws(const struct emitter *emitter, struct writer *writer)
{
    bool is_printed = false;
    for (size_t index = 0; index < emitter->error_count; index++) {
        const struct struct_declaration *declaration = emitter->errors[index];
        emit_title(writer, &is_printed,
                   "how an error is thrown: return NAME_throw(step, …); later NAME_answer_throw(answer, …);");
        write_blank_line(writer);
        bool has_members = declaration->member_count > 0;
        write_template(writer,
                       "extern const struct dsy_error_type $name$_error;\n"
                       "static inline enum dsy_step_outcome\n"
                       "$name$_throw(struct dsy_step *step$parameter$)\n"
                       "{\n"
                       "    return dsy_step_throw(step, &$name$_error, $members$);\n"
                       "}\n"
                       "static inline void\n"
                       "$name$_answer_throw(struct dsy_answer *answer$parameter$)\n"
                       "{\n"
                       "    dsy_answer_throw(answer, &$name$_error, $members$);\n"
                       "}\n",
                       HOLE("name", declaration->c_name),
                       HOLE("parameter", has_members ? text_format(emitter->arena, ", struct %.*s members",
                                                                   TEXT_ARGUMENTS(declaration->c_name))
                                                     : TEXT("")),
                       HOLE("members", has_members ? TEXT("&members") : TEXT("NULL")));
    }
}
