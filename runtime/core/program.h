/* Program: the descriptors of a compiled program, checked, indexed and bound: every `use` to the routines behind it,
 * every service to its configuration. Made once at the node's start, constant from then on: all threads read it. */
#ifndef DSY_CORE_PROGRAM_H
#define DSY_CORE_PROGRAM_H

#include "dsy/generated.h"
#include "dsy/node.h"
#include "dsy/store.h"

struct program_schedule;

/* A place where a frame may stand, found by the fingerprint in the frame. */
struct program_state {
    uint64_t fingerprint;
    const struct dsy_routine_type *routine;
    uint32_t state;
};

/* What stands behind one `use`: the routine for each method of its interface, or each routine of its service; or
 * another deployment. */
struct program_binding {
    const char *address;        /* "http://host:port" of another deployment; NULL: it is served here */
    const char *remote_service; /* the service, or interface, to call there; the following are not set then */
    const struct dsy_service_type *service;
    const struct dsy_routine_type *const *routines;
    uint32_t routine_count;
};

struct program {
    const struct dsy_program_type *type;
    struct dsy_error_table errors;
    struct program_state *states; /* sorted by fingerprint */
    size_t state_count;
    struct program_binding **bindings;        /* by service, by use */
    void **configs;                           /* by service: its config struct; NULL: it has none */
    struct dsy_slice *default_states;         /* by service: its state at the defaults, encoded; none: it has none */
    const struct dsy_routine_type **routines; /* sorted by name */
    size_t routine_count;
    struct program_schedule *schedules; /* by number */
    size_t schedule_count;
    struct dsy_arena arena; /* owns all of it */
};

/* Text that becomes configuration and bindings, as in struct dsy_node_options. */
struct program_settings {
    const struct dsy_config_value *values;
    size_t count;
    void (*problem)(void *context, const char *origin, const char *text); /* NULL: nobody is told of all of them */
    void *problem_context;
};

/* Check and bind.
 * hash_seed  of maps in the configuration
 * error      the first that is wrong; settings->problem is told of all that is wrong with settings
 * Errors: DSY_NEWER (another ABI version), DSY_INVALID, DSY_NO_MEMORY. */
DSY_MUST_USE
enum dsy_status dsy_program_bind_settings(struct program *program, const struct dsy_program_type *type,
                                          const struct program_settings *settings, uint64_t hash_seed,
                                          struct dsy_error *error);

/* The same, where only the first problem matters. */
DSY_MUST_USE
enum dsy_status dsy_program_bind(struct program *program, const struct dsy_program_type *type,
                                 const struct dsy_config_value *configs, size_t config_count, uint64_t hash_seed,
                                 struct dsy_error *error);
void dsy_program_destroy(struct program *program);

/* NULL: no frame of this program has that fingerprint. */
const struct program_state *dsy_program_state(const struct program *program, uint64_t fingerprint);

/* "Orders.checkout"; NULL if there is none. */
const struct dsy_routine_type *dsy_program_routine(const struct program *program, dsy_string name);
const struct dsy_step_type *dsy_program_step(const struct program *program, dsy_string name);

/* The keyed service that a routine belongs to; NULL: it belongs to none. */
static inline const struct dsy_service_type *
dsy_program_keyed_service(const struct program *program, const struct dsy_routine_type *routine)
{
    const struct dsy_service_type *service = routine->service >= 0 ? program->type->services[routine->service] : NULL;
    return service != NULL && service->key != NULL ? service : NULL;
}

#endif
