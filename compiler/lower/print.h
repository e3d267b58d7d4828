/* Print: lowered trees as text, close to the Dsy source. Private to lower/; for the printers of lower.h. */
#ifndef DSY_COMPILER_LOWER_PRINT_H
#define DSY_COMPILER_LOWER_PRINT_H

#include "compiler/base/text.h"
#include "compiler/lower/machine.h"

/* Variables by their C names. What can't be seen in the source (NARROW, SOME, widenings) isn't shown. */
void print_expression(struct text_builder *builder, const struct expression *expression);

/* What is awaited: "payments.charge(order.id)", "sleep(1h)". */
void print_awaited(struct text_builder *builder, const struct suspension *suspension);

/* "routine Orders.checkout(Order order) -> Receipt" */
void print_signature(struct text_builder *builder, const struct function *function);

#endif
