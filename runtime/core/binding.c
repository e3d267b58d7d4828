/* What stands behind a `use` (binding.h). */
#include "runtime/core/binding.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "runtime/core/configuration.h"

enum { NAMES_BYTES_MAX = 512 };

struct choice {
    const struct dsy_service_type *service;
    const struct dsy_implementation_type *implementation;
};

static const struct dsy_implementation_type *
implementation_of(const struct dsy_service_type *service, int32_t interface)
{
    for (uint32_t index = 0; index < service->implementation_count; index++)
        if (service->implementations[index].interface == interface)
            return &service->implementations[index];
    return NULL;
}

/* The services that implement an interface: how many, the first of them, and their names for a message. */
static uint32_t
find_implementations(const struct dsy_program_type *type, int32_t interface, struct choice *first, char *names)
{
    uint32_t count = 0;
    size_t used = 0;
    names[0] = '\0';
    for (uint32_t index = 0; index < type->service_count; index++) {
        const struct dsy_implementation_type *implementation = implementation_of(type->services[index], interface);
        if (implementation == NULL)
            continue;
        if (count++ == 0)
            *first = (struct choice){ .service = type->services[index], .implementation = implementation };
        int written =
            snprintf(names + used, NAMES_BYTES_MAX - used, "%s%s", used > 0 ? ", " : "", type->services[index]->name);
        used = written > 0 && used + (size_t)written < NAMES_BYTES_MAX ? used + (size_t)written : used;
    }
    return count;
}

/* ---- addresses ---- */

/* http://host:port or https://host:port, then / and a service's name or nothing. Returns where the path begins, NULL:
 * it is none of these. */
static const char *
end_of_address(const char *text)
{
    const char *host = strncasecmp(text, "http://", 7) == 0    ? text + 7
                       : strncasecmp(text, "https://", 8) == 0 ? text + 8
                                                               : NULL;
    if (host == NULL)
        return NULL;
    size_t size_bytes = host[0] == '['
                            ? strspn(host + 1, "0123456789abcdefABCDEF:.") + 1
                            : strspn(host, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._");
    if (host[0] == '[') {
        if (host[size_bytes] != ']' || size_bytes == 1)
            return NULL;
        size_bytes++;
    }
    const char *at = host + size_bytes;
    if (size_bytes == 0)
        return NULL;
    if (*at == ':') {
        size_t digits = strspn(at + 1, "0123456789");
        if (digits == 0 || digits > 5)
            return NULL;
        at += 1 + digits;
    }
    return *at == '\0' || *at == '/' ? at : NULL;
}

static bool
is_name(const char *text)
{
    if (!isalpha((unsigned char)*text) && *text != '_')
        return false;
    while (isalnum((unsigned char)*text) || *text == '_')
        text++;
    return *text == '\0';
}

static void
bind_address(struct problems *problems, struct program *program, const struct dsy_service_type *user,
             const struct dsy_use_type *use, const struct dsy_config_value *setting, struct program_binding *binding)
{
    const struct dsy_program_type *type = program->type;
    const char *path = end_of_address(setting->text);
    const char *name =
        use->interface >= 0 ? type->interfaces[use->interface]->name : type->services[use->service]->name;
    if (path != NULL && path[0] == '/' && path[1] != '\0')
        name = path + 1;
    if (path == NULL || !is_name(name)) {
        dsy_problem_add(problems, setting->origin,
                        "%s.use.%s is not an address: \"%.200s\". Write http://HOST:PORT, or "
                        "http://HOST:PORT/SERVICE to name the service there.",
                        user->name, use->name, setting->text);
        return;
    }
    binding->address = dsy_arena_copy_text(&program->arena, setting->text, (size_t)(path - setting->text));
    binding->remote_service = dsy_arena_copy_text(&program->arena, name, strlen(name));
    if (binding->address == NULL || binding->remote_service == NULL)
        dsy_problem_no_memory(problems);
}

/* ---- services of the program ---- */

static void
bind_choice(struct problems *problems, struct program *program, const struct dsy_use_type *use,
            const struct choice *choice, struct program_binding *binding)
{
    if (choice->implementation == NULL) {
        *binding = (struct program_binding){ .service = choice->service,
                                             .routines = choice->service->routines,
                                             .routine_count = choice->service->routine_count };
        return;
    }
    uint32_t count = program->type->interfaces[use->interface]->method_count;
    const struct dsy_routine_type **routines = dsy_program_allocate(program, count * sizeof *routines, problems->error);
    if (routines == NULL) {
        dsy_problem_no_memory(problems);
        return;
    }
    for (uint32_t index = 0; index < count; index++)
        routines[index] = choice->service->routines[choice->implementation->routines[index]];
    *binding = (struct program_binding){ .service = choice->service, .routines = routines, .routine_count = count };
}

/* The only implementation. */
static bool
choose_only(struct problems *problems, const struct dsy_program_type *type, const struct dsy_service_type *user,
            const struct dsy_use_type *use, const char *origin, struct choice *choice)
{
    char names[NAMES_BYTES_MAX];
    const char *interface = type->interfaces[use->interface]->name;
    uint32_t count = find_implementations(type, use->interface, choice, names);
    if (count == 0)
        dsy_problem_add(problems, origin,
                        "Service %s uses %s %s, which no service of this program implements. Write where it is "
                        "served: `%s = http://HOST:PORT` under [%s.use] in the file of --config.",
                        user->name, interface, use->name, use->name, user->name);
    else if (count > 1)
        dsy_problem_add(problems, origin,
                        "Service %s uses %s %s, which several services implement: %s. Choose one: `%s = %s` under "
                        "[%s.use] in the file of --config.",
                        user->name, interface, use->name, names, use->name, choice->service->name, user->name);
    return count == 1;
}

/* The one that the setting names. */
static bool
choose_named(struct problems *problems, const struct dsy_program_type *type, const struct dsy_service_type *user,
             const struct dsy_use_type *use, const struct dsy_config_value *setting, struct choice *choice)
{
    const char *near = NULL;
    for (uint32_t index = 0; index < type->service_count; index++) {
        const struct dsy_service_type *service = type->services[index];
        const struct dsy_implementation_type *implementation =
            use->interface >= 0 ? implementation_of(service, use->interface) : NULL;
        if (use->interface >= 0 ? implementation == NULL : (int32_t)index != use->service)
            continue;
        if (strcmp(service->name, setting->text) == 0) {
            *choice = (struct choice){ .service = service, .implementation = implementation };
            return true;
        }
        dsy_problem_nearer(setting->text, service->name, &near);
    }
    const char *wanted =
        use->interface >= 0 ? type->interfaces[use->interface]->name : type->services[use->service]->name;
    char names[NAMES_BYTES_MAX] = "";
    struct choice first = { 0 };
    if (use->interface >= 0)
        find_implementations(type, use->interface, &first, names);
    dsy_problem_add(problems, setting->origin,
                    "%s.use.%s cannot be \"%.200s\", which is no service that is a %s.%s%s%s Write `here`%s%s, or "
                    "http://HOST:PORT.",
                    user->name, use->name, setting->text, wanted, near != NULL ? " Is " : "", near != NULL ? near : "",
                    near != NULL ? " meant?" : "", names[0] != '\0' ? ", one of: " : "", names);
    return false;
}

void
dsy_binding_make(struct problems *problems, struct program *program, const struct dsy_service_type *user,
                 const struct dsy_use_type *use, const struct dsy_config_value *setting,
                 struct program_binding *binding)
{
    const struct dsy_program_type *type = program->type;
    bool is_said = setting != NULL && strcmp(setting->text, "here") != 0;
    struct choice choice = { 0 };
    if (is_said && strstr(setting->text, "://") != NULL) {
        bind_address(problems, program, user, use, setting, binding);
        return;
    }
    if (is_said) {
        if (!choose_named(problems, type, user, use, setting, &choice))
            return;
    } else if (use->interface < 0) {
        choice.service = type->services[use->service];
    } else if (!choose_only(problems, type, user, use, setting != NULL ? setting->origin : NULL, &choice)) {
        return;
    }
    bind_choice(problems, program, use, &choice, binding);
}
