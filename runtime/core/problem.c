/* Problems of settings (problem.h). */
#include "runtime/core/problem.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PROBLEM_TEXT_BYTES_MAX = 2048, NAME_COMPARED_MAX = 64 };

void
dsy_problem_add(struct problems *problems, const char *origin, const char *format, ...)
{
    char text[PROBLEM_TEXT_BYTES_MAX];
    va_list words;
    va_start(words, format);
    vsnprintf(text, sizeof text, format, words);
    va_end(words);
    problems->count++;
    const struct program_settings *settings = problems->settings;
    if (settings->problem != NULL)
        settings->problem(settings->problem_context, origin, text);
    if (problems->error != NULL && problems->error->status == DSY_OK)
        dsy_error_set(problems->error, DSY_INVALID, "%s%s%s", origin != NULL ? origin : "", origin != NULL ? ": " : "",
                      text);
}

void
dsy_problem_no_memory(struct problems *problems)
{
    problems->out_of_memory = true;
}

/* How many letters must be put in, taken out or replaced to make one of the other; upper and lower case are the same.
 */
static size_t
distance_between(const char *one, size_t one_bytes, const char *other, size_t other_bytes)
{
    size_t row[NAME_COMPARED_MAX + 1];
    for (size_t column = 0; column <= other_bytes; column++)
        row[column] = column;
    for (size_t line = 1; line <= one_bytes; line++) {
        size_t diagonal = row[0];
        row[0] = line;
        for (size_t column = 1; column <= other_bytes; column++) {
            bool is_same = tolower((unsigned char)one[line - 1]) == tolower((unsigned char)other[column - 1]);
            size_t replaced = diagonal + (is_same ? 0 : 1);
            diagonal = row[column];
            size_t changed = (row[column] < row[column - 1] ? row[column] : row[column - 1]) + 1;
            row[column] = replaced < changed ? replaced : changed;
        }
    }
    return row[other_bytes];
}

void
dsy_problem_nearer(const char *name, const char *candidate, const char **near)
{
    size_t name_bytes = strlen(name), candidate_bytes = strlen(candidate);
    if (name_bytes > NAME_COMPARED_MAX || candidate_bytes > NAME_COMPARED_MAX)
        return;
    size_t distance = distance_between(name, name_bytes, candidate, candidate_bytes);
    size_t most = name_bytes / 3 + 1;
    if (*near != NULL) {
        size_t nearest = distance_between(name, name_bytes, *near, strlen(*near));
        most = nearest > 0 && nearest - 1 < most ? nearest - 1 : most;
    }
    if (distance <= most)
        *near = candidate;
}
