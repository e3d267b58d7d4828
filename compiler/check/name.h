/* Names within a body: what a name, or names with dots between them, mean where locals do not come first.
 * Internal to check/. */
#ifndef DSY_COMPILER_CHECK_NAME_H
#define DSY_COMPILER_CHECK_NAME_H

#include "compiler/check/body.h"

/* The symbol of the service, the file or its imports; NULL if there is none (nothing is reported). */
struct symbol *name_find(struct body *body, const struct ast_name *name);

/* The symbol that an expression names: `total`, `payments.Receipt`; NULL if it is anything else, a local for
 * instance. A name that a module doesn't have is reported and gives a BROKEN symbol. */
struct symbol *name_symbol_of(struct body *body, const struct ast_expression *expression);

/* Report a name that nothing has; silent when an import is missing. what: "function", "variable or constant". */
void name_report_unknown(struct body *body, const struct ast_name *name, const char *what);

/* The value of a symbol: constants and configuration; reports all others. */
const struct expression *check_symbol_value(struct body *body, struct symbol *symbol, struct span span);

#endif
