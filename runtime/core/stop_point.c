/* Stop points: counting down, and dying. */
#include "runtime/core/stop_point.h"

#ifdef DSY_STOP_POINTS

#    include <signal.h>
#    include <stdlib.h>
#    include <string.h>
#    include <unistd.h>

void
dsy_stop_points_init(struct stop_points *points)
{
    points->name[0] = '\0';
    atomic_init(&points->left, 0);
    const char *text = getenv("DSY_STOP_AT");
    const char *colon = text != NULL ? strchr(text, ':') : NULL;
    if (colon == NULL || (size_t)(colon - text) >= sizeof points->name)
        return;
    memcpy(points->name, text, (size_t)(colon - text));
    points->name[colon - text] = '\0';
    atomic_store(&points->left, strtoll(colon + 1, NULL, 10));
}

void
dsy_stop_point_pass(struct stop_points *points, const char *name)
{
    if (strcmp(points->name, name) == 0 && atomic_fetch_sub(&points->left, 1) == 1)
        kill(getpid(), SIGKILL);
}

#else

/* An empty translation unit is not C. */
typedef int dsy_stop_points_are_not_compiled_in;

#endif
