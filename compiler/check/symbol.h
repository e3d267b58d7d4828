/* Symbols: what names mean. Internal to check/. */
#ifndef DSY_COMPILER_CHECK_SYMBOL_H
#define DSY_COMPILER_CHECK_SYMBOL_H

#include "compiler/check/checker.h"

/* The built-in errors: Overflow, DivideByZero, … */
void symbols_add_built_in(struct checker *checker);

/* Take in the names that all modules declare, those of services' members too; reports names that are
 * declared twice or reserved, and declarations that are not supported yet. */
void symbols_collect(struct checker *checker);

/* The symbol a name means at the top level of a module: its own, then its imports', then what is built in.
 *
 * Returns NULL when there is none, which is not reported; a BROKEN symbol when it is ambiguous, which is. */
struct symbol *symbol_find(struct checker *checker, struct module *module, const struct ast_name *name);

/* The imported module (or the module itself) that count names with dots between them mean; NULL if none does. */
struct module *symbol_find_module(struct module *module, const struct ast_name *names, size_t count);

/* The symbol a path means: `CardDeclined`, `payments.CardDeclined`. Reports and returns NULL when there is none
 * (`what` is "type", "error", …); NULL without a report when the module misses imports. */
struct symbol *symbol_resolve(struct checker *checker, struct module *module, const struct ast_path *path,
                              const char *what);

/* Report a name that nobody declares, with the nearest one that is in sight. Silent when the module misses
 * imports. scope may be NULL; best is a near name that the caller has found, or "". */
void symbol_report_unknown(struct checker *checker, struct module *module, const struct service_scope *scope,
                           const struct ast_name *name, const char *what, struct text best);

/* The nearer one of two names, if it is near enough to be meant; best may be "". */
struct text symbol_nearer(struct text name, struct text best, struct text candidate);

/* Whether a symbol has a value, of which parts can be taken: constants, configuration, state, a key. */
static inline bool
symbol_is_value(const struct symbol *symbol)
{
    return symbol->kind == SYMBOL_CONST || symbol->kind == SYMBOL_CONFIG || symbol->kind == SYMBOL_STATE ||
           symbol->kind == SYMBOL_KEY;
}

/* What a symbol is, for diagnostics: "a constant", "an error", … */
const char *symbol_kind_text(const struct symbol *symbol);

/* The key in `map` that is nearest to `name`, if it is near enough to be meant; else "". */
struct text symbol_nearest(const struct map *map, struct text name, struct text best);

/* A symbol that stands for something that was reported. */
struct symbol *symbol_broken(struct checker *checker);

#endif
