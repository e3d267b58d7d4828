/* dsyc explain: what a diagnostic's code means. */
#ifndef DSY_COMPILER_TOOL_EXPLAIN_H
#define DSY_COMPILER_TOOL_EXPLAIN_H

#include <stdbool.h>

#include "compiler/base/text.h"

/* Add the explanation of a code such as "E0203" to the builder. Returns false if there is no such code. */
bool explain(struct text_builder *builder, const char *code);

/* Add a line for every code: the code and its text. */
void explain_list(struct text_builder *builder);

#endif
