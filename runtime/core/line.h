/* Lines that routines log (std.log): part of what a transition does, saved with it, and written after the commit.
 *
 * A line is "2026-01-01T00:00:00.123456789Z info Orders.checkout 00010000-…: text": time of its transition, level, the
 * routine and the id of its invocation. Control characters and the backslash are escaped as \n, \t, \\ or \u{1b}, so
 * that a line stays one line and no text can forge another. */
#ifndef DSY_CORE_LINE_H
#define DSY_CORE_LINE_H

#include "dsy/generated.h"
#include "dsy/store.h"

/* In the order in which they were logged; all zero is an empty list. Memory: the arena of the run. */
struct line {
    struct line *next;
    struct dsy_slice text; /* without its line feed */
};

struct line_list {
    struct line *first, *last;
    size_t count;
};

/* Put all of `more` behind the list. */
void dsy_line_list_append(struct line_list *list, const struct line_list *more);

#endif
