/* Evaluation of what is known before the program runs: constants, enumerators, defaults. They may refer
 * to each other in any order, so each is evaluated when it is first needed. Internal to check/. */
#ifndef DSY_COMPILER_CHECK_EVALUATE_H
#define DSY_COMPILER_CHECK_EVALUATE_H

#include "compiler/check/checker.h"

/* The value of a constant; POISON after a report. */
const struct expression *evaluate_constant(struct checker *checker, struct symbol *symbol, struct span where);

/* Give the enumerators of an enum their values. */
void evaluate_enumeration(struct checker *checker, struct symbol *symbol, struct span where);

/* Give the members of a struct, error or event their defaults. */
void evaluate_defaults(struct checker *checker, struct symbol *symbol, struct span where);

/* A constant expression of a type that stands at the top, in a service or as a default of a parameter.
 * place: what it is, for diagnostics: "a default value". type NULL: of any type. Never NULL. */
const struct expression *evaluate_expression(struct checker *checker, struct module *module,
                                             struct service_scope *scope, const struct ast_expression *expression,
                                             const struct type *type, const char *place);

/* Evaluate everything that has not been needed so far. */
void evaluate_all(struct checker *checker);

#endif
