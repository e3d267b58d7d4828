/* Values of Dsy in C: everything that generated code and steps need to handle them. */
#ifndef DSY_VALUE_H
#define DSY_VALUE_H

#include "dsy/array.h"
#include "dsy/decimal.h"
#include "dsy/error.h"
#include "dsy/map.h"
#include "dsy/number.h"
#include "dsy/run.h"
#include "dsy/text.h"
#include "dsy/time.h"
#include "dsy/type.h"

/* string(v) for a value of any type: the text of a scalar; for bytes base64; for all else its JSON. */
dsy_string dsy_value_to_string(struct dsy_run *run, const struct dsy_type *type, const void *value);

#endif
