/* Remote calls: how a call leaves for another deployment, when a `use` is served there.
 *
 * It becomes an invocation of a routine that libdsy has, in the caller's place of the callee: so it is awaited,
 * started, cancelled and timed out as any other. That routine awaits one step, whose attempts make the call, under one
 * idempotency key, until there is an answer: so it takes effect once there, whatever dies on either side. When it is
 * cancelled it awaits another, which cancels the invocation there and waits for its end. */
#ifndef DSY_CORE_REMOTE_H
#define DSY_CORE_REMOTE_H

#include "runtime/core/program.h"

extern const struct dsy_routine_type dsy_remote_routine; /* "remote call" */
extern const struct dsy_step_type dsy_remote_steps[];    /* that make it, that cancel it */
enum { REMOTE_STEP_CALL, REMOTE_STEP_CANCEL, REMOTE_STEP_COUNT };

struct remote_target {
    const char *address, *service, *method;
    dsy_string key; /* data NULL: it has none */
};

/* The arguments of dsy_remote_routine:
 *   [address, service, method, key as text or null, arguments of the method as byte string]
 * and of its steps, with the id of its invocation, which is the idempotency key, behind them. */
void dsy_remote_write(struct dsy_cbor_writer *writer, const struct remote_target *target, struct dsy_slice arguments);

#endif
