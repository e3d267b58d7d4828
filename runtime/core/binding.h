/* Binding: what stands behind one `use`: a service of the program, or another deployment. */
#ifndef DSY_CORE_BINDING_H
#define DSY_CORE_BINDING_H

#include "runtime/core/problem.h"

/* Bind a use.
 *
 * setting  what the deployment says of it: `here`, the name of a service, an address; NULL: nothing
 * binding  receives it, unless a problem was added */
void dsy_binding_make(struct problems *problems, struct program *program, const struct dsy_service_type *user,
                      const struct dsy_use_type *use, const struct dsy_config_value *setting,
                      struct program_binding *binding);

#endif
