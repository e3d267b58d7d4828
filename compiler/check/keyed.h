/* Keyed services and interfaces: keys, state, and who may touch it. Internal to check/. */
#ifndef DSY_COMPILER_CHECK_KEYED_H
#define DSY_COMPILER_CHECK_KEYED_H

#include "compiler/check/body.h"
#include "compiler/check/call.h"

/* Make the struct of a service's `state` members, if it has any: "Account.state". Part of declarations_declare. */
void declare_state(struct checker *checker, struct service_scope *scope);

/* The types of its members. Part of declarations_resolve. */
void resolve_state(struct checker *checker, struct service_scope *scope);

/* Their defaults. Part of declarations_evaluate. */
void evaluate_state(struct checker *checker, struct service_scope *scope);

/* The key of `service Account(string id)` or of an interface; NULL after a report. */
const struct variable *resolve_key(struct checker *checker, struct module *module, struct text owner,
                                   const struct ast_parameter_list *written, struct span span);

/* Report `query` and `shared` where they cannot stand. is_keyed: it belongs to a keyed service or interface. */
void check_access_modifiers(struct checker *checker, const struct ast_declaration *declaration, bool is_keyed);

/* The value of a member of the state, or of the key; reports where neither is. */
const struct expression *check_keyed_value(struct body *body, const struct symbol *symbol, struct span span);

/* Whether the body may change the state; reports it if not. */
bool check_state_changeable(struct body *body, const struct expression *state, struct span span);

/* Report a service or dependency that is called without the key that it has. */
void report_key_missing(struct body *body, struct span span, struct text name, const struct variable *key);

/* The key in `Account("a").deposit(…)`: the arguments behind the name. NULL after a report. */
const struct expression *check_key(struct body *body, const struct ast_expression *call, struct text name,
                                   const struct variable *key);

#endif
