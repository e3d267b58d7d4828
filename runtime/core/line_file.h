/* Line file: where the lines of one shard's routines end up, each exactly once: DIRECTORY/shard-000.log.
 *
 * Every line of the log is a row of the store first, written by the commit of the transition that logged it, and
 * numbered in its shard. After the commit the store thread writes it into the file, as "NUMBER LINE". So the last line
 * of the file says which rows have been written: after a crash those above it are written, the others only deleted.
 * Rows are deleted once the file is synced, at most LINE_TRIM_NS later, or after LINE_TRIM_COUNT lines.
 *
 * A line that is cut off, as a crash may leave it, and what is no line at all (a crash of the machine may leave zeros)
 * is removed from the end of the file before anything is appended. The file is opened anew when it was renamed. */
#ifndef DSY_CORE_LINE_FILE_H
#define DSY_CORE_LINE_FILE_H

#include "dsy/store.h"
#include "runtime/base/clock.h"
#include "runtime/base/log.h"

/* Where lines go besides the file, for people: also without a file. A kill may lose the last ones there.
 * line  without its line feed; called from the shards' store threads */
typedef void dsy_line_function(void *context, const char *line, size_t size_bytes);

struct line_file {
    const struct dsy_store_driver *driver;
    struct dsy_store *store;
    const struct dsy_clock *clock;
    const struct dsy_log *log;
    dsy_line_function *also; /* NULL: nowhere else */
    void *also_context;
    char path[1024];    /* "": there is no file */
    int file;           /* -1: not open */
    int64_t size_bytes; /* of whole lines */
    int64_t written;    /* the number of its last line */
    int64_t deleted;    /* rows up to here are gone */
    int64_t trimmed_ns; /* monotonic */
    bool is_behind;     /* rows were not written */
    bool said_trouble;
};

/* Open the file and write what an earlier process had saved but not written. The store is open.
 *
 * directory  "": there is no file
 * next       receives the number for the next line */
DSY_MUST_USE
enum dsy_status dsy_line_file_open(struct line_file *file, const char *directory, uint32_t shard, int64_t *next,
                                   struct dsy_error *error);

/* These changes were saved: write the lines among them. Trouble with the file is said in the log and waited out: the
 * lines are rows. */
void dsy_line_file_saved(struct line_file *file, const struct dsy_change *changes, size_t change_count);

/* The store is about to be closed. */
void dsy_line_file_close(struct line_file *file);

#endif
