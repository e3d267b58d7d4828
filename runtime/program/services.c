/* NAME services: what a program has, read from its descriptors. */
#include "runtime/program/program.h"

#include "dsy/time.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARAMETERS_BYTES_MAX = 1024 * 1024 };

/* Whether a service implements an interface. */
static bool
implements(const struct dsy_service_type *service, int32_t interface)
{
    for (uint32_t index = 0; index < service->implementation_count; index++) {
        if (service->implementations[index].interface == interface)
            return true;
    }
    return false;
}

/* " -> Payments", or what keeps the use from being bound. */
static void
print_binding(const struct dsy_program_type *program, const struct dsy_use_type *use)
{
    uint32_t count = 0;
    if (use->service >= 0) {
        printf(" -> %s", program->services[use->service]->name);
        return;
    }
    for (uint32_t index = 0; index < program->service_count; index++) {
        if (implements(program->services[index], use->interface))
            printf("%s%s", count++ == 0 ? " -> " : ", ", program->services[index]->name);
    }
    if (count == 0)
        printf(" -> nobody here implements it: --config has to say where it is served");
    else if (count > 1)
        printf(": several implement it, and --config has to choose one");
}

/* The names of its parameters. The descriptor shows variables as JSON, so its start is shown without values. */
static void
print_parameters(const struct dsy_routine_type *routine)
{
    struct dsy_buffer text;
    dsy_buffer_init(&text, PARAMETERS_BYTES_MAX);
    struct dsy_json_writer writer = dsy_json_writer_begin(&text);
    void *locals = calloc(1, routine->locals_size_bytes > 0 ? routine->locals_size_bytes : 1);
    if (locals != NULL)
        routine->show_frame(&writer, locals, 0);
    bool is_good = locals != NULL && dsy_json_writer_status(&writer) == DSY_OK;
    json_t *parameters = is_good ? json_loadb((const char *)text.data, text.size_bytes, 0, NULL) : NULL;
    const char *separator = "", *name;
    json_t *value;
    printf("(");
    json_object_foreach(parameters, name, value)
    {
        printf("%s%s", separator, name);
        separator = ", ";
    }
    printf("%s)", parameters == NULL ? "…" : "");
    json_decref(parameters);
    free(locals);
    dsy_buffer_destroy(&text);
}

/* The event that a routine subscribes to; NULL when it is an ordinary one. */
static const struct dsy_event_type *
find_event(const struct dsy_service_type *service, uint32_t routine)
{
    for (uint32_t index = 0; index < service->subscription_count; index++) {
        if (service->subscriptions[index].routine == routine)
            return service->subscriptions[index].event;
    }
    return NULL;
}

static void
print_routine(const struct dsy_service_type *service, uint32_t number)
{
    static const char *const words[] = {
        [DSY_KEY_EXCLUSIVE] = "routine", [DSY_KEY_SHARED] = "shared routine", [DSY_KEY_QUERY] = "query"
    };
    const struct dsy_routine_type *routine = service->routines[number];
    const struct dsy_event_type *event = find_event(service, number);
    if (event != NULL) {
        printf("    on %s\n", event->name);
        return;
    }
    printf("    %s%s %s", routine->is_public ? "" : "private ",
           words[service->key != NULL ? routine->key_access : DSY_KEY_EXCLUSIVE], routine->method);
    print_parameters(routine);
    printf(" -> %s", routine->result != NULL ? routine->result->name : "void");
    for (uint32_t index = 0; index < service->schedule_count; index++) {
        const struct dsy_schedule_type *schedule = &service->schedules[index];
        if (schedule->routine == number)
            printf(", at \"%s\" in %s", schedule->cron, schedule->zone);
    }
    printf("\n");
}

static void
print_key(const struct dsy_type *key, const char *name)
{
    if (key != NULL)
        printf("(%s%s%s)", key->name, name[0] != 0 ? " " : "", name);
}

static void
print_service(const struct dsy_program_type *program, const struct dsy_service_type *service)
{
    printf("service %s", service->name);
    print_key(service->key, service->key_name);
    for (uint32_t index = 0; index < service->implementation_count; index++)
        printf("%s%s", index == 0 ? " : " : ", ", program->interfaces[service->implementations[index].interface]->name);
    printf("\n");
    for (uint32_t index = 0; index < service->use_count; index++) {
        const struct dsy_use_type *use = &service->uses[index];
        printf("    use %s %s",
               use->interface >= 0 ? program->interfaces[use->interface]->name : program->services[use->service]->name,
               use->name);
        print_binding(program, use);
        printf("\n");
    }
    for (uint32_t index = 0; index < service->config_count; index++) {
        const struct dsy_config_type *config = &service->configs[index];
        printf("    config %s%s %s%s\n", config->is_secret ? "secret " : "", config->type->name, config->name,
               config->has_default ? "" : " (has no default: must be set)");
    }
    for (uint32_t index = 0; index < service->routine_count; index++)
        print_routine(service, index);
    printf("\n");
}

/* As in Dsy, in the largest unit that divides it. */
static void
print_duration(int64_t duration_ns)
{
    static const struct {
        int64_t nanoseconds;
        const char *name;
    } units[] = {
        { DSY_SECONDS_PER_DAY * DSY_NANOSECONDS_PER_SECOND, "d" },
        { 3600 * DSY_NANOSECONDS_PER_SECOND, "h" },
        { 60 * DSY_NANOSECONDS_PER_SECOND, "min" },
        { DSY_NANOSECONDS_PER_SECOND, "s" },
        { DSY_NANOSECONDS_PER_MILLISECOND, "ms" },
    };
    for (size_t index = 0; index < sizeof units / sizeof units[0]; index++) {
        if (duration_ns % units[index].nanoseconds == 0) {
            printf("%" PRId64 "%s", duration_ns / units[index].nanoseconds, units[index].name);
            return;
        }
    }
    char scratch[DSY_PRINT_BYTES_MAX];
    dsy_string text = dsy_duration_text(duration_ns, scratch);
    printf("%.*s", (int)text.size_bytes, text.data);
}

static void
print_limit(const struct dsy_step_type *step)
{
    if (step->limit_concurrency > 0)
        printf("; limit: %" PRId64 " at a time", step->limit_concurrency);
    if (step->limit_per_second > 0)
        printf("%s%g in a second", step->limit_concurrency > 0 ? ", " : "; limit: ", step->limit_per_second);
}

static void
print_step(const struct dsy_step_type *step)
{
    printf("step %s: ", step->name);
    if (step->attempts == 1)
        printf("executed once");
    else if (step->attempts > 0)
        printf("up to %" PRId64 " attempts", step->attempts);
    else
        printf("tried again for ever");
    if (step->attempts != 1) {
        printf(", after ");
        print_duration(step->first_ns);
        printf(" at first, times %g each time, at most ", step->factor);
        print_duration(step->most_ns);
    }
    if (step->timeout_ns > 0) {
        printf("; time-out ");
        print_duration(step->timeout_ns);
    }
    if (step->effect == DSY_STEP_IDEMPOTENT)
        printf("; idempotent");
    if (step->effect == DSY_STEP_AT_MOST_ONCE)
        printf("; not again after a crash");
    print_limit(step);
    printf("\n");
}

int
dsy_program_services(const struct dsy_program_type *program)
{
    for (uint32_t index = 0; index < program->service_count; index++)
        print_service(program, program->services[index]);
    for (uint32_t index = 0; index < program->interface_count; index++) {
        const struct dsy_interface_type *interface = program->interfaces[index];
        printf("interface %s", interface->name);
        print_key(interface->key, "");
        printf(":");
        for (uint32_t method = 0; method < interface->method_count; method++)
            printf("%s%s", method == 0 ? " " : ", ", interface->methods[method]);
        printf("\n");
    }
    for (uint32_t index = 0; index < program->step_count; index++)
        print_step(program->steps[index]);
    return fflush(stdout) == 0 ? 0 : EXIT_THREW;
}
