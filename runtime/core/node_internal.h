/* What the files of the node share: node.c and border.c. */
#ifndef DSY_CORE_NODE_INTERNAL_H
#define DSY_CORE_NODE_INTERNAL_H

#include "runtime/core/program.h"

const struct program *dsy_node_bound_program(const struct dsy_node *node);

/* Of the maps that are made from what comes from outside. */
uint64_t dsy_node_hash_seed(const struct dsy_node *node);

#endif
