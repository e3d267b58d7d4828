/* What runs without being called: subscriptions (`on`) and schedules (`@schedule`). Internal to check/. */
#ifndef DSY_COMPILER_CHECK_SUBSCRIPTION_H
#define DSY_COMPILER_CHECK_SUBSCRIPTION_H

#include "compiler/check/body.h"

/* The routine of `on (Event e) { … }`: private, "Mailer.on.OrderShipped". Part of declarations_declare. */
void declare_subscriber(struct checker *checker, struct service_scope *scope, const struct ast_declaration *on);

/* Its event. Part of declarations_resolve, after its parameters. */
void resolve_subscriptions(struct checker *checker, struct service_scope *scope);

/* The schedules of a service's routines. Part of declarations_evaluate. */
void evaluate_schedules(struct checker *checker, struct service_scope *scope);

#endif
