/* Vector: a growable array in an arena, one struct type for each element type:
 *
 *     struct expression_list VECTOR(struct ast_expression *);
 *     struct expression_list list = { 0 };
 *     vector_add(arena, &list, expression);
 *     for (size_t index = 0; index < list.count; index++) use(list.items[index]);
 *
 * An all-zero vector is an empty one. Relies on base/arena.h. */
#ifndef DSY_COMPILER_BASE_VECTOR_H
#define DSY_COMPILER_BASE_VECTOR_H

#include <stddef.h>

#include "compiler/base/arena.h"

#define VECTOR(TYPE)     \
    {                    \
        TYPE *items;     \
        size_t count;    \
        size_t capacity; \
    }

/* Make room for one more item; returns the items, moved if need be. */
void *vector_grow(struct arena *arena, void *items, size_t *capacity, size_t item_size_bytes);

/* Append ITEM. The arguments are evaluated more than once. */
#define vector_add(arena, vector, ITEM)                                                                            \
    do {                                                                                                           \
        if ((vector)->count == (vector)->capacity)                                                                 \
            (vector)->items = vector_grow((arena), (vector)->items, &(vector)->capacity, sizeof *(vector)->items); \
        (vector)->items[(vector)->count++] = (ITEM);                                                               \
    } while (0)

#define vector_last(vector) ((vector)->items[(vector)->count - 1])

#endif
