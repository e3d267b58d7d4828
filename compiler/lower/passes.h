/* The passes of lower/ behind the building of blocks, one file each, in the order in which lower.c calls them.
 * Private to lower/. */
#ifndef DSY_COMPILER_LOWER_PASSES_H
#define DSY_COMPILER_LOWER_PASSES_H

#include "compiler/lower/builder.h"

/* simplify.c: expects the drafts as lower_body left them. Threads jumps through empty blocks, drops what no path
 * reaches, merges straight lines, takes handlers away from blocks that can't throw. Leaves order and meaning. */
void simplify(struct builder *builder);

/* split.c: the machine of the simplified drafts: blocks numbered and labelled, suspensions numbered. Neither live
 * variables nor fingerprints are set yet. */
struct machine *split(struct builder *builder);

/* frame.c: expects live variables. Sets is_saved and the fingerprints. */
void frame_lay_out(struct arena *arena, struct machine *machine);

#endif
