/* Constructors of checked expressions: they set the flags has_await, can_throw, has_effect from the kind
 * and from what is inside. Internal to check/. */
#ifndef DSY_COMPILER_CHECK_NODE_H
#define DSY_COMPILER_CHECK_NODE_H

#include "compiler/check/checker.h"

/* A bare node; the caller fills it in and then calls node_finish. */
struct expression *node_new(struct checker *checker, enum expression_kind kind, const struct type *type,
                            struct span span);

/* Set the three flags. Returns the node. */
struct expression *node_finish(struct expression *node);

/* Stands for what was reported. */
struct expression *node_poison(struct checker *checker, struct span span);

struct expression *node_boolean(struct checker *checker, bool value, struct span span);
/* A literal of a signed integer type, TIME or DURATION. */
struct expression *node_integer(struct checker *checker, const struct type *type, int64_t value, struct span span);
/* A literal of an unsigned integer type. */
struct expression *node_natural(struct checker *checker, const struct type *type, uint64_t value, struct span span);
struct expression *node_double(struct checker *checker, double value, struct span span);
/* A literal of STRING, BYTES, DECIMAL or UUID. */
struct expression *node_text(struct checker *checker, enum type_kind kind, struct text value, struct span span);
struct expression *node_zero(struct checker *checker, const struct type *type, struct span span);
struct expression *node_enumerator(struct checker *checker, const struct type *type,
                                   const struct enumerator *enumerator, struct span span);
struct expression *node_variable(struct checker *checker, struct variable *variable, struct span span);
/* A kind with `operand` only: UNWRAP, NARROW, SOME. */
struct expression *node_operand(struct checker *checker, enum expression_kind kind, const struct type *type,
                                const struct expression *operand, struct span span);
struct expression *node_convert(struct checker *checker, const struct type *type, const struct expression *operand,
                                bool is_checked);
struct expression *node_binary(struct checker *checker, enum binary_operator operation, const struct type *type,
                               const struct expression *left, const struct expression *right, struct span span);

/* Whether the value is known: built of literals, enumerators and nulls only. */
bool node_is_constant(const struct expression *node);

/* What a place is a part of: a VARIABLE or a STATE; NULL: it is no place. */
const struct expression *node_base(const struct expression *node);

/* The variable at the root of a place; NULL if there is none. */
struct variable *node_root(const struct expression *node);

#endif
