#include "runtime/codec/json_path.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "dsy/limits.h"
#include "runtime/base/format.h"

/* One container that is open. An object's member by where its name stands; no name yet: name_size_bytes == 0. */
struct level {
    bool is_object;
    bool wants_name; /* the next string is a name */
    size_t name_start;
    size_t name_size_bytes;
    int64_t index;
};

struct walk {
    struct level levels[DSY_NESTING_MAX];
    int depth;
};

size_t
dsy_json_string_end(const char *data, size_t start, size_t end)
{
    for (size_t at = start + 1; at < end; at++) {
        if (data[at] == '"')
            return at + 1;
        if (data[at] == '\\')
            at++;
    }
    return end;
}

static void
open_level(struct walk *walk, bool is_object)
{
    if (walk->depth < DSY_NESTING_MAX)
        walk->levels[walk->depth] = (struct level){ .is_object = is_object, .wants_name = is_object };
    walk->depth++;
}

static void
note_comma(struct walk *walk)
{
    struct level *level = &walk->levels[walk->depth - 1];
    level->index++;
    level->wants_name = level->is_object;
    level->name_size_bytes = 0;
}

static void
note_string(struct walk *walk, size_t start, size_t end)
{
    struct level *level = &walk->levels[walk->depth - 1];
    if (!level->wants_name)
        return;
    level->wants_name = false;
    level->name_start = start + 1;
    level->name_size_bytes = end - start - 2;
}

/* Walk the text up to the offset; what is open then is the path. */
static void
walk_to(struct walk *walk, const char *data, size_t offset)
{
    for (size_t at = 0; at < offset; at++) {
        bool inside = walk->depth > 0 && walk->depth <= DSY_NESTING_MAX;
        if (data[at] == '{' || data[at] == '[')
            open_level(walk, data[at] == '{');
        else if ((data[at] == '}' || data[at] == ']') && walk->depth > 0)
            walk->depth--;
        else if (data[at] == ',' && inside)
            note_comma(walk);
        else if (data[at] == '"') {
            size_t end = dsy_json_string_end(data, at, offset);
            if (inside && end - at >= 2 && data[end - 1] == '"')
                note_string(walk, at, end);
            at = end - 1;
        }
    }
}

static bool
is_plain_name(const char *name, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '_')
            return false;
    return size_bytes > 0 && !isdigit((unsigned char)name[0]);
}

/* Returns false when the path is full. */
static bool
append_level(char *path, size_t *size_bytes, const char *data, const struct level *level)
{
    char part[DSY_JSON_PATH_BYTES_MAX];
    const char *name = data + level->name_start;
    size_t name_bytes = level->name_size_bytes;
    int wanted;
    if (!level->is_object)
        wanted = snprintf(part, sizeof part, "[%" PRId64 "]", level->index);
    else if (level->wants_name)
        return true;
    else if (name_bytes >= sizeof part)
        return false;
    else if (is_plain_name(name, name_bytes))
        wanted = snprintf(part, sizeof part, ".%.*s", (int)name_bytes, name);
    else
        wanted = snprintf(part, sizeof part, "[\"%.*s\"]", (int)name_bytes, name);
    if (wanted < 0 || *size_bytes + (size_t)wanted + sizeof "…" > DSY_JSON_PATH_BYTES_MAX)
        return false;
    memcpy(path + *size_bytes, part, (size_t)wanted);
    *size_bytes += (size_t)wanted;
    return true;
}

void
dsy_json_path(const char *data, size_t offset, char path[DSY_JSON_PATH_BYTES_MAX])
{
    struct walk walk;
    walk.depth = 0; /* the levels are written before they are read */
    walk_to(&walk, data, offset);
    size_t size_bytes = 1;
    path[0] = '$';
    for (int i = 0; i < walk.depth && i < DSY_NESTING_MAX; i++)
        if (!append_level(path, &size_bytes, data, &walk.levels[i])) {
            memcpy(path + size_bytes, "…", sizeof "…" - 1);
            size_bytes += sizeof "…" - 1;
            break;
        }
    path[size_bytes] = '\0';
}
