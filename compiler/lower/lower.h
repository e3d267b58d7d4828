/* lower(program → machines): control-flow graph, split at awaits, liveness, frame layout, identities. */
#ifndef DSY_COMPILER_LOWER_LOWER_H
#define DSY_COMPILER_LOWER_LOWER_H

#include "compiler/base/arena.h"
#include "compiler/base/source.h"
#include "compiler/base/text.h"
#include "compiler/lower/machine.h"

/* Lower every function of a checked program.
 *
 * arena    takes everything that is made; lives as long as the result. When memory runs out it jumps, see arena.h
 * sources  the texts, for the line numbers in labels; NULL: labels are numbered instead
 * program  a program without errors; unchanged
 *
 * Returns the machines, never NULL. */
const struct machines *lower(struct arena *arena, struct sources *sources, const struct program *program);

/* Printers. Each adds a text that ends with a line feed to the builder. */

/* --emit=cfg: the blocks of every machine. */
void machines_print_cfg(struct text_builder *builder, const struct machines *machines);
/* --emit=fsm: the states of every routine that has suspensions: what is saved, and which states follow. */
void machines_print_fsm(struct text_builder *builder, const struct machines *machines);
/* --emit=dot: the same as a Graphviz graph, one cluster for each routine. */
void machines_print_dot(struct text_builder *builder, const struct machines *machines);

/* Check what the header of machine.h promises: targets valid, no AWAIT left, effects only at roots, every
 * variable defined before it is used, live variables sorted. For tests and debug builds.
 *
 * problems  gets a line for each broken promise
 *
 * Returns true when there was none. */
bool machine_verify(struct arena *arena, const struct machine *machine, struct text_builder *problems);

#endif
