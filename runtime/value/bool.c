/* bool. */
#include "dsy/number.h"
#include "dsy/text.h"
#include "runtime/value/scalar.h"

bool
dsy_bool_parse(dsy_string text, bool *value)
{
    *value = dsy_string_is(text, "true");
    return *value || dsy_string_is(text, "false");
}

dsy_string
dsy_bool_text(bool value, char *scratch)
{
    (void)scratch;
    return value ? DSY_STRING("true") : DSY_STRING("false");
}

bool
dsy_bool_from_string(struct dsy_run *run, dsy_string text)
{
    bool value;
    if (!dsy_bool_parse(text, &value))
        dsy_throw_invalid_value(run, text, "true or false");
    return value;
}

dsy_string
dsy_bool_to_string(struct dsy_run *run, bool value)
{
    (void)run;
    return dsy_bool_text(value, NULL);
}

DSY_DEFINE_PLAIN_ORDER(bool, bool)
DSY_DEFINE_PLAIN_KEY(bool, bool)
DSY_DESCRIBE_SCALAR(bool, bool, "bool", bool_hash, bool_parse)
