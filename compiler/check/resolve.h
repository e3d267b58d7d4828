/* Types as they are written → types. Internal to check/. */
#ifndef DSY_COMPILER_CHECK_RESOLVE_H
#define DSY_COMPILER_CHECK_RESOLVE_H

#include "compiler/check/checker.h"

/* The type that is written; POISON after a report. May be VOID or ANY_ERROR, which only some places take. */
const struct type *resolve_type(struct checker *checker, struct module *module, const struct ast_type *written);

/* A type of values: VOID and ANY_ERROR are reported. */
const struct type *resolve_value_type(struct checker *checker, struct module *module, const struct ast_type *written);

/* The declared error that a path names; POISON after a report. */
const struct type *resolve_error(struct checker *checker, struct module *module, const struct ast_path *path);

/* The type of a symbol that declares one; NULL for all others. */
const struct type *symbol_type(const struct symbol *symbol);

#endif
