/* Rendering of diagnostics: for people, in clang's manner, and as JSON for tools.
 * Writes into a text builder; printing it is the caller's. Relies on base/diagnostic.h. */
#ifndef DSY_COMPILER_BASE_DIAGNOSTIC_PRINT_H
#define DSY_COMPILER_BASE_DIAGNOSTIC_PRINT_H

#include <stdbool.h>

#include "compiler/base/diagnostic.h"

/* file:line:column: error: text [E0203], the source line, the span underlined; remarks the same;
 * at the end a line with the counts if there was anything. colours: ANSI escapes. */
void diagnostics_print(struct text_builder *builder, struct diagnostics *diagnostics, bool colours);

/* One JSON array of objects {code, severity, message, explanation, file, begin, end, remarks, fixes};
 * begin and end are {offset, line, column}. A line feed stands behind it. */
void diagnostics_print_json(struct text_builder *builder, struct diagnostics *diagnostics);

#endif
