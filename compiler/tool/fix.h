/* dsyc check --fix: the mends that diagnostics are certain of, written into the files.
 * Relies on base/diagnostic.h. */
#ifndef DSY_COMPILER_TOOL_FIX_H
#define DSY_COMPILER_TOOL_FIX_H

#include "compiler/base/diagnostic.h"
#include "compiler/base/source.h"
#include "compiler/base/text.h"

/* Write a file anew with its fixes applied; of those that overlap the first.
 *
 * file     borrowed
 * builder  receives the new text
 *
 * Returns how many fixes were applied. */
size_t fix_file(const struct diagnostics *diagnostics, const struct source_file *file, struct text_builder *builder);

#endif
