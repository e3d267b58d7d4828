/* dsyc fmt: one fixed style for .dsy files.
 *
 * Works on tokens and comments, so that it can drop or change nothing: what stands between two of them is blanks only.
 * Where lines break is the author's choice, within bounds; indentation, spaces, blank lines and the columns of comments
 * behind the code are not. What was formatted once stays as it is. Relies on syntax/. */
#ifndef DSY_COMPILER_TOOL_FORMAT_H
#define DSY_COMPILER_TOOL_FORMAT_H

#include "compiler/base/diagnostic.h"
#include "compiler/base/source.h"
#include "compiler/base/text.h"

/* Format a file.
 *
 * source       borrowed
 * builder      receives the new text
 * diagnostics  errors of syntax are added to it
 *
 * Returns false when the file has errors: only what can be parsed can be formatted. */
bool format(struct arena *arena, struct interner *names, const struct source_file *source,
            struct diagnostics *diagnostics, struct text_builder *builder);

#endif
