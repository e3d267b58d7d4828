/* Services: steps with what decodes their arguments, configurations, interfaces, and the descriptors of the whole
 * program. See emitter.h and dsy/generated.h. */
#include "compiler/emit/emitter.h"

/* ---- steps ---- */

static void
emit_step_execute(struct emitter *emitter, struct writer *writer, const struct function *function)
{
    bool has_result = function->result->kind != TYPE_VOID;
    size_t count = function->parameter_count;
    write_template(
        writer,
        "static enum dsy_step_outcome\n"
        "$name$_execute(struct dsy_step *step, struct dsy_cbor_reader *reader, struct dsy_cbor_writer *writer)\n"
        "{\n",
        HOLE("name", function->c_name));
    write_indent(writer);
    for (size_t index = 0; index < count; index++) {
        const struct variable *parameter = function->parameters[index];
        write_template(writer, "$type$ $name$ = ", HOLE("type", type_spelling(emitter, parameter->type)),
                       HOLE("name", parameter->c_name));
        emit_zero(emitter, writer, parameter->type);
        write_string(writer, ";\n");
    }
    write_format(writer,
                 "if (dsy_cbor_array_begin(reader) != %zu)\n"
                 "    dsy_cbor_expected(reader, \"an array of %zu items\");\n",
                 count, count);
    for (size_t index = 0; index < count; index++)
        emit_read_cbor(emitter, writer, function->parameters[index]->type, "reader",
                       function->parameters[index]->c_name);
    write_string(writer, "dsy_cbor_array_end(reader);\n"
                         "if (reader->failed)\n"
                         "    return DSY_STEP_RETRY;\n");
    if (has_result) {
        write_template(writer, "$type$ result = ", HOLE("type", type_spelling(emitter, function->result)));
        emit_zero(emitter, writer, function->result);
        write_string(writer, ";\n");
    }
    write_template(writer, "enum dsy_step_outcome outcome = $name$(step", HOLE("name", function->c_name));
    for (size_t index = 0; index < count; index++)
        write_template(writer, ", $name$", HOLE("name", function->parameters[index]->c_name));
    write_string(writer, has_result ? ", &result);\n" : ");\n");
    write_string(writer, "if (outcome == DSY_STEP_DONE)\n    ");
    if (has_result)
        emit_write_cbor(emitter, writer, function->result, TEXT("result"));
    else
        write_string(writer, "dsy_cbor_write_null(writer);\n");
    write_string(writer, "return outcome;\n");
    write_outdent(writer);
    write_string(writer, "}\n\n");
}

/* The function by which a step is answered later: any thread may call it. */
static void
emit_answer(struct emitter *emitter, struct writer *writer, const struct function *function)
{
    emit_answer_signature(emitter, writer, function, "\n");
    if (function->result->kind == TYPE_VOID)
        write_string(writer, "\n{\n    dsy_cbor_write_null(dsy_answer_result(answer));\n");
    else
        write_template(writer,
                       "\n{\n"
                       "    $stem$_write_cbor(dsy_answer_result(answer), $address$result);\n",
                       HOLE("stem", type_stem(emitter, function->result)),
                       HOLE("address", type_is_scalar(function->result) ? TEXT("") : TEXT("&")));
    write_string(writer, "    dsy_answer_done(answer);\n}\n\n");
}

/* "    .factor = 2.0," */
static void
write_real_member(struct writer *writer, const char *member, double value)
{
    struct type real = { .kind = TYPE_DOUBLE };
    struct expression literal = { .kind = EXPRESSION_LITERAL, .type = &real };
    literal.as.literal.real = value;
    write_format(writer, "    .%s = ", member);
    emit_literal(writer, &literal);
    write_string(writer, ",\n");
}

static void
emit_step(struct emitter *emitter, struct writer *writer, const struct function *function)
{
    emit_step_execute(emitter, writer, function);
    emit_answer(emitter, writer, function);
    write_template(writer,
                   "static const struct dsy_step_type $c_name$_step = {\n"
                   "    .name = \"$name$\",\n",
                   HOLE("c_name", function->c_name), HOLE("name", function->qualified_name));
    write_format(writer, "    .attempts = %lld,\n", (long long)function->retry.attempts);
    write_format(writer, "    .first_ns = INT64_C(%lld),\n", (long long)function->retry.first_ns);
    write_format(writer, "    .most_ns = INT64_C(%lld),\n", (long long)function->retry.most_ns);
    write_real_member(writer, "factor", function->retry.factor);
    write_format(writer, "    .timeout_ns = INT64_C(%lld),\n", (long long)function->timeout_ns);
    if (function->step_effect != STEP_EFFECT_AT_LEAST_ONCE)
        write_format(writer, "    .effect = %s,\n",
                     function->step_effect == STEP_EFFECT_IDEMPOTENT ? "DSY_STEP_IDEMPOTENT" : "DSY_STEP_AT_MOST_ONCE");
    if (function->limit_concurrency > 0)
        write_format(writer, "    .limit_concurrency = %lld,\n", (long long)function->limit_concurrency);
    if (function->limit_per_second > 0)
        write_real_member(writer, "limit_per_second", function->limit_per_second);
    write_template(writer, "    .execute = $name$_execute,\n};\n\n", HOLE("name", function->c_name));
}

/* ---- configurations ---- */

void
emit_configs(struct emitter *emitter)
{
    struct writer *writer = &emitter->source;
    for (size_t index = 0; index < emitter->program->service_count; index++) {
        const struct service *service = emitter->program->services[index];
        if (service->config_count == 0)
            continue;
        write_template(writer, "struct $name$_config {\n", HOLE("name", service->c_name));
        for (size_t config = 0; config < service->config_count; config++)
            write_template(writer, "    $type$ $name$;\n",
                           HOLE("type", type_spelling(emitter, service->configs[config]->type)),
                           HOLE("name", service->configs[config]->c_name));
        write_string(writer, "};\n\n");
    }
}

static void
emit_service_configs(struct emitter *emitter, struct writer *writer, const struct service *service)
{
    const struct hole name = HOLE("name", service->c_name);
    write_template(writer, "static const struct dsy_config_type $name$_configs[] = {\n", name);
    for (size_t index = 0; index < service->config_count; index++) {
        const struct config *config = service->configs[index];
        write_template(writer,
                       "    { \"$config$\", &$type$, offsetof(struct $name$_config, $c_name$), $is_secret$, "
                       "$has_default$ },\n",
                       name, HOLE("config", config->name), HOLE("type", type_descriptor(emitter, config->type)),
                       HOLE("c_name", config->c_name),
                       HOLE("is_secret", config->is_secret ? TEXT("true") : TEXT("false")),
                       HOLE("has_default", config->default_value != NULL ? TEXT("true") : TEXT("false")));
    }
    write_template(writer,
                   "};\n"
                   "\n"
                   "static void\n"
                   "$name$_default_config(struct dsy_run *run, void *config)\n"
                   "{\n"
                   "    struct $name$_config *self = config;\n"
                   "    (void)run;\n",
                   name);
    write_indent(writer);
    for (size_t index = 0; index < service->config_count; index++) {
        const struct config *config = service->configs[index];
        struct text value = TEXT("");
        if (config->default_value != NULL)
            value = emit_constant(emitter, writer, config->default_value);
        write_template(writer, "self->$name$ = ", HOLE("name", config->c_name));
        if (config->default_value != NULL)
            write_text(writer, value);
        else
            emit_zero(emitter, writer, config->type);
        write_string(writer, ";\n");
    }
    write_outdent(writer);
    write_string(writer, "}\n\n");
}

/* ---- events ---- */

void
emit_events(struct emitter *emitter)
{
    struct writer *writer = &emitter->source;
    size_t count = 0;
    for (size_t index = 0; index < emitter->program->structure_count; index++) {
        const struct struct_declaration *event = emitter->program->structures[index];
        if (event->kind != STRUCTURE_EVENT)
            continue;
        count++;
        write_template(writer, "static const struct dsy_event_type $c_name$_event = { \"$name$\", &$type$ };\n",
                       HOLE("c_name", event->c_name), HOLE("name", event->qualified_name),
                       HOLE("type", type_descriptor(emitter, event->type)));
    }
    write_string(writer, count > 0 ? "\n" : "");
}

/* ---- interfaces ---- */

static void
emit_interface(const struct emitter *emitter, struct writer *writer, const struct interface *interface)
{
    const struct hole name = HOLE("name", interface->c_name);
    if (interface->method_count > 0) {
        write_template(writer, "static const char *const $name$_methods[] = {\n", name);
        for (size_t index = 0; index < interface->method_count; index++)
            write_template(writer, "    \"$method$\",\n", HOLE("method", interface->methods[index]->name));
        write_string(writer, "};\n\n");
    }
    write_template(writer,
                   "static const struct dsy_interface_type $name$_interface = {\n"
                   "    .name = \"$dsy$\",\n",
                   name, HOLE("dsy", interface->name));
    if (interface->key_type != NULL)
        write_template(writer, "    .key = &$type$,\n", HOLE("type", type_descriptor(emitter, interface->key_type)));
    if (interface->method_count > 0) {
        write_template(writer, "    .methods = $name$_methods,\n", name);
        write_format(writer, "    .method_count = %zu,\n", interface->method_count);
    }
    write_string(writer, "};\n\n");
}

/* The place of an interface in the program. */
static uint32_t
interface_number(const struct program *program, const struct interface *interface)
{
    for (uint32_t index = 0; index < program->interface_count; index++) {
        if (program->interfaces[index] == interface)
            return index;
    }
    return 0;
}

/* ---- services ---- */

static void
emit_implementations(struct emitter *emitter, struct writer *writer, const struct service *service)
{
    struct map routines;
    map_initialise(&routines, emitter->arena);
    for (size_t index = 0; index < service->routine_count; index++) {
        if (service->routines[index]->colour == COLOUR_ROUTINE)
            map_put(&routines, service->routines[index]->name, (void *)(uintptr_t)service->routines[index]);
    }
    for (size_t index = 0; index < service->interface_count; index++) {
        const struct interface *interface = service->interfaces[index];
        if (interface->method_count == 0)
            continue;
        write_template(writer, "static const uint32_t $service$_as_$interface$[] = { ",
                       HOLE("service", service->c_name), HOLE("interface", interface->c_name));
        for (size_t method = 0; method < interface->method_count; method++) {
            const struct function *routine = map_get(&routines, interface->methods[method]->name);
            write_format(writer, "%s%u", method > 0 ? ", " : "",
                         routine != NULL ? emitter->functions[routine->index].service_number : 0);
        }
        write_string(writer, " };\n");
    }
    write_template(writer, "static const struct dsy_implementation_type $service$_implementations[] = {\n",
                   HOLE("service", service->c_name));
    for (size_t index = 0; index < service->interface_count; index++) {
        const struct interface *interface = service->interfaces[index];
        write_format(writer, "    { %u, ", interface_number(emitter->program, interface));
        if (interface->method_count == 0)
            write_string(writer, "NULL },\n");
        else
            write_template(writer, "$service$_as_$interface$ },\n", HOLE("service", service->c_name),
                           HOLE("interface", interface->c_name));
    }
    write_string(writer, "};\n\n");
}

static size_t
emit_service_routines(struct writer *writer, const struct service *service)
{
    size_t count = 0;
    for (size_t index = 0; index < service->routine_count; index++) {
        const struct function *routine = service->routines[index];
        if (routine->colour != COLOUR_ROUTINE)
            continue;
        if (count++ == 0)
            write_template(writer, "static const struct dsy_routine_type *const $service$_routines[] = {\n",
                           HOLE("service", service->c_name));
        write_template(writer, "    &$name$_routine,\n", HOLE("name", routine->c_name));
    }
    write_string(writer, count > 0 ? "};\n\n" : "");
    return count;
}

static void
emit_uses(struct emitter *emitter, struct writer *writer, const struct service *service)
{
    write_template(writer, "static const struct dsy_use_type $service$_uses[] = {\n", HOLE("service", service->c_name));
    for (size_t index = 0; index < service->use_count; index++) {
        const struct use *use = service->uses[index];
        write_template(writer, "    { \"$name$\", ", HOLE("name", use->name));
        if (use->interface != NULL)
            write_format(writer, "%u, -1 },\n", interface_number(emitter->program, use->interface));
        else
            write_format(writer, "-1, %u },\n", use->service->index);
    }
    write_string(writer, "};\n\n");
}

static void
emit_subscriptions(const struct emitter *emitter, struct writer *writer, const struct service *service)
{
    write_template(writer, "static const struct dsy_subscription_type $service$_subscriptions[] = {\n",
                   HOLE("service", service->c_name));
    for (size_t index = 0; index < service->subscription_count; index++) {
        const struct subscription *subscription = &service->subscriptions[index];
        write_template(writer, "    { &$event$_event, ", HOLE("event", subscription->event->c_name));
        write_format(writer, "%u },\n", emitter->functions[subscription->routine->index].service_number);
    }
    write_string(writer, "};\n\n");
}

static void
emit_schedules(const struct emitter *emitter, struct writer *writer, const struct service *service)
{
    write_template(writer, "static const struct dsy_schedule_type $service$_schedules[] = {\n",
                   HOLE("service", service->c_name));
    for (size_t index = 0; index < service->schedule_count; index++) {
        const struct schedule *schedule = &service->schedules[index];
        write_string(writer, "    { ");
        write_c_string(writer, schedule->cron);
        write_string(writer, ", ");
        write_c_string(writer, schedule->zone);
        write_format(writer, ", %u },\n", emitter->functions[schedule->routine->index].service_number);
    }
    write_string(writer, "};\n\n");
}

static void
emit_service(struct emitter *emitter, struct writer *writer, const struct service *service)
{
    const struct hole name = HOLE("name", service->c_name);
    size_t routine_count = emit_service_routines(writer, service);
    if (service->interface_count > 0)
        emit_implementations(emitter, writer, service);
    if (service->use_count > 0)
        emit_uses(emitter, writer, service);
    if (service->config_count > 0)
        emit_service_configs(emitter, writer, service);
    if (service->subscription_count > 0)
        emit_subscriptions(emitter, writer, service);
    if (service->schedule_count > 0)
        emit_schedules(emitter, writer, service);
    write_template(writer,
                   "static const struct dsy_service_type $name$_service = {\n"
                   "    .name = \"$dsy$\",\n",
                   name, HOLE("dsy", service->name));
    if (service->key != NULL)
        write_template(writer,
                       "    .key = &$type$,\n"
                       "    .key_name = \"$key$\",\n",
                       HOLE("type", type_descriptor(emitter, service->key->type)), HOLE("key", service->key->name));
    if (service->state != NULL)
        write_template(writer, "    .state = &$type$,\n", HOLE("type", type_descriptor(emitter, service->state->type)));
    if (service->subscription_count > 0) {
        write_template(writer, "    .subscriptions = $name$_subscriptions,\n", name);
        write_format(writer, "    .subscription_count = %zu,\n", service->subscription_count);
    }
    if (service->schedule_count > 0) {
        write_template(writer, "    .schedules = $name$_schedules,\n", name);
        write_format(writer, "    .schedule_count = %zu,\n", service->schedule_count);
    }
    if (routine_count > 0) {
        write_template(writer, "    .routines = $name$_routines,\n", name);
        write_format(writer, "    .routine_count = %zu,\n", routine_count);
    }
    if (service->interface_count > 0) {
        write_template(writer, "    .implementations = $name$_implementations,\n", name);
        write_format(writer, "    .implementation_count = %zu,\n", service->interface_count);
    }
    if (service->use_count > 0) {
        write_template(writer, "    .uses = $name$_uses,\n", name);
        write_format(writer, "    .use_count = %zu,\n", service->use_count);
    }
    if (service->config_count > 0) {
        write_template(writer, "    .configs = $name$_configs,\n", name);
        write_format(writer, "    .config_count = %zu,\n", service->config_count);
        write_template(writer,
                       "    .config_size_bytes = sizeof(struct $name$_config),\n"
                       "    .default_config = $name$_default_config,\n",
                       name);
    }
    write_string(writer, "};\n\n");
}

/* ---- the program ---- */

/* One list of the program: its begin when the first item comes, then items. */
static void
emit_item(struct writer *writer, size_t *count, const char *type, const char *list, struct text name,
          const char *suffix)
{
    if ((*count)++ == 0)
        write_format(writer, "static const struct %s *const %s[] = {\n", type, list);
    write_format(writer, "    &%.*s_%s,\n", TEXT_ARGUMENTS(name), suffix);
}

static void
end_list(struct writer *writer, size_t count)
{
    write_string(writer, count > 0 ? "};\n\n" : "");
}

static void
emit_list_members(struct writer *writer, size_t count, const char *list, const char *member, const char *count_member)
{
    if (count > 0)
        write_format(writer, "    .%s = %s,\n    .%s = %zu,\n", member, list, count_member, count);
}

/* The types of values that a promise may get from outside. */
static size_t
emit_promises(struct emitter *emitter, struct writer *writer)
{
    const struct program *program = emitter->program;
    size_t count = 0;
    for (size_t index = 0; index < program->type_count; index++) {
        const struct type *type = program->types[index];
        if (type->kind == TYPE_PROMISE && type->element->kind != TYPE_VOID)
            write_template(writer,
                           count++ == 0 ? "static const struct dsy_type *const program_promises[] = {\n    &$type$,\n"
                                        : "    &$type$,\n",
                           HOLE("type", type_descriptor(emitter, type->element)));
    }
    end_list(writer, count);
    return count;
}

static void
emit_program(struct emitter *emitter, struct writer *writer)
{
    const struct program *program = emitter->program;
    size_t service_count = 0, interface_count = 0, routine_count = 0, step_count = 0, event_count = 0, error_count = 0;
    for (size_t index = 0; index < program->service_count; index++)
        emit_item(writer, &service_count, "dsy_service_type", "program_services", program->services[index]->c_name,
                  "service");
    end_list(writer, service_count);
    for (size_t index = 0; index < program->interface_count; index++)
        emit_item(writer, &interface_count, "dsy_interface_type", "program_interfaces",
                  program->interfaces[index]->c_name, "interface");
    end_list(writer, interface_count);
    for (size_t index = 0; index < program->function_count; index++) {
        if (program->functions[index]->colour == COLOUR_ROUTINE)
            emit_item(writer, &routine_count, "dsy_routine_type", "program_routines", program->functions[index]->c_name,
                      "routine");
    }
    end_list(writer, routine_count);
    for (size_t index = 0; index < program->function_count; index++) {
        if (program->functions[index]->colour == COLOUR_STEP)
            emit_item(writer, &step_count, "dsy_step_type", "program_steps", program->functions[index]->c_name, "step");
    }
    end_list(writer, step_count);
    for (size_t index = 0; index < program->structure_count; index++) {
        if (program->structures[index]->kind == STRUCTURE_EVENT)
            emit_item(writer, &event_count, "dsy_event_type", "program_events", program->structures[index]->c_name,
                      "event");
    }
    end_list(writer, event_count);
    for (size_t index = 0; index < emitter->error_count; index++)
        emit_item(writer, &error_count, "dsy_error_type", "program_errors", emitter->errors[index]->c_name, "error");
    end_list(writer, error_count);

    size_t promise_count = emit_promises(emitter, writer);

    write_template(writer,
                   "const struct dsy_program_type dsy_program = {\n"
                   "    .abi_version = DSY_ABI_VERSION,\n"
                   "    .name = \"$name$\",\n",
                   HOLE("name", program->module));
    emit_list_members(writer, service_count, "program_services", "services", "service_count");
    emit_list_members(writer, interface_count, "program_interfaces", "interfaces", "interface_count");
    emit_list_members(writer, routine_count, "program_routines", "routines", "routine_count");
    emit_list_members(writer, step_count, "program_steps", "steps", "step_count");
    emit_list_members(writer, event_count, "program_events", "events", "event_count");
    emit_list_members(writer, error_count, "program_errors", "errors", "error_count");
    emit_list_members(writer, promise_count, "program_promises", "promises", "promise_count");
    write_string(writer, "};\n");
}

void
emit_services(struct emitter *emitter)
{
    struct writer *writer = &emitter->source;
    const struct program *program = emitter->program;
    for (size_t index = 0; index < program->function_count; index++) {
        if (program->functions[index]->colour == COLOUR_STEP)
            emit_step(emitter, writer, program->functions[index]);
    }
    for (size_t index = 0; index < program->interface_count; index++)
        emit_interface(emitter, writer, program->interfaces[index]);
    for (size_t index = 0; index < program->service_count; index++)
        emit_service(emitter, writer, program->services[index]);
    emit_program(emitter, writer);
}
