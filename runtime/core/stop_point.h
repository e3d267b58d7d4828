/* Stop points: places where a test may kill the process. Compiled in only with DSY_STOP_POINTS.
 *
 * With the environment DSY_STOP_AT="after_commit:17" the process kills itself by SIGKILL when the shards of a node have
 * passed that point 17 times together. The points are before_commit, after_commit, before_dispatch, after_dispatch. */
#ifndef DSY_CORE_STOP_POINT_H
#define DSY_CORE_STOP_POINT_H

#ifdef DSY_STOP_POINTS

#    include <stdatomic.h>
#    include <stdint.h>

/* What DSY_STOP_AT says. Belongs to the node; its shards pass the points. */
struct stop_points {
    char name[32]; /* "": none */
    _Atomic int64_t left;
};

void dsy_stop_points_init(struct stop_points *points);
void dsy_stop_point_pass(struct stop_points *points, const char *name);

#    define STOP_POINT(points, name) dsy_stop_point_pass(points, name)

#else

#    define STOP_POINT(points, name) ((void)0)

#endif

#endif
