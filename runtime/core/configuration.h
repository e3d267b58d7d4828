/* Configuration: what a deployment says of a program. Every `config` gets its value, every `use` what serves it; all
 * that is wrong is told at once. Runs once, while the program is bound. */
#ifndef DSY_CORE_CONFIGURATION_H
#define DSY_CORE_CONFIGURATION_H

#include "runtime/core/program.h"

/* Fill in program->configs and program->bindings.
 *
 * program   its type, errors and arena are set
 * settings  NULL: none
 * Returns DSY_INVALID (settings->problem was told of everything, error holds the first), DSY_NO_MEMORY. */
DSY_MUST_USE
enum dsy_status dsy_program_configure(struct program *program, const struct program_settings *settings,
                                      struct dsy_error *error);

/* Memory that lives as long as the program, zeroed; NULL: error says so. */
void *dsy_program_allocate(struct program *program, size_t size_bytes, struct dsy_error *error);

#endif
