/* The file of the log: each line exactly once, wherever the process or the machine stopped. A kill between the commit
 * and the writing is a commit that the file is not told of. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/core/core_limits.h"
#include "runtime/core/line_file.h"
#include "tests/support/calls.h"

static char directory[256], path[300];
static struct dsy_store *store;
static struct dsy_clock clock_now;
static struct line_file file;
static int64_t next;
static char also[4096]; /* what went to people */

static void
set_up(void)
{
    store_directory_make(directory, sizeof directory);
    snprintf(path, sizeof path, "%s/shard-000.log", directory);
}

static void
tear_down(void)
{
    store_directory_remove(directory);
}

TestSuite(line_file, .init = set_up, .fini = tear_down);

static void
take_line(void *context, const char *line, size_t size_bytes)
{
    (void)context;
    snprintf(also + strlen(also), sizeof also - strlen(also), "%.*s|", (int)size_bytes, line);
}

/* A process begins. */
static void
begin(void)
{
    struct dsy_error error = { 0 };
    struct dsy_store_facts facts;
    uint32_t shard_count = 1;
    also[0] = '\0';
    clock_now = dsy_clock_system();
    cr_assert_eq(dsy_store_sqlite.prepare(directory, &shard_count, &error), DSY_OK, "%s", error.text);
    struct dsy_store_options options = { .directory = directory,
                                         .shard_count = 1,
                                         .identity = (const uint8_t *)"0123456789abcdef" };
    cr_assert_eq(dsy_store_sqlite.open(&options, &store, &facts, &error), DSY_OK, "%s", error.text);
    file = (struct line_file){ .driver = &dsy_store_sqlite, .store = store, .clock = &clock_now, .also = take_line };
    cr_assert_eq(dsy_line_file_open(&file, directory, 0, &next, &error), DSY_OK, "%s", error.text);
}

/* It dies: what SQLite has committed is there, nothing else is done. */
static void
die(void)
{
    close(file.file);
    dsy_store_sqlite.close(store);
}

static void
end(void)
{
    dsy_line_file_close(&file);
    dsy_store_sqlite.close(store);
}

static void
commit_line(const char *text, bool is_written)
{
    struct dsy_error error = { 0 };
    struct dsy_change change = { .kind = DSY_CHANGE_LINE_INSERT };
    change.as.letter = (struct dsy_letter_row){ .number = next++,
                                                .body = { .data = (const uint8_t *)text, .size_bytes = strlen(text) } };
    cr_assert_eq(dsy_store_sqlite.commit(store, &change, 1, &error), DSY_OK, "%s", error.text);
    if (is_written)
        dsy_line_file_saved(&file, &change, 1);
}

static void
expect_file(const char *expected)
{
    char text[4096] = "";
    FILE *opened = fopen(path, "re");
    cr_assert_not_null(opened);
    size_t size_bytes = fread(text, 1, sizeof text - 1, opened);
    fclose(opened);
    text[size_bytes] = '\0';
    cr_expect_str_eq(text, expected);
}

static void
append_to_file(const char *bytes, size_t size_bytes)
{
    int opened = open(path, O_WRONLY | O_APPEND);
    cr_assert_geq(opened, 0);
    cr_assert_eq(write(opened, bytes, size_bytes), (ssize_t)size_bytes);
    close(opened);
}

static bool
count_row(void *context, const struct dsy_letter_row *row)
{
    (void)row;
    ++*(int *)context;
    return true;
}

static int
row_count(void)
{
    struct dsy_error error = { 0 };
    int count = 0;
    cr_assert_eq(dsy_store_sqlite.lines(store, 0, 10000, count_row, &count, &error), DSY_OK);
    return count;
}

Test(line_file, lines_are_written_in_order)
{
    begin();
    commit_line("one", true);
    commit_line("two", true);
    expect_file("1 one\n2 two\n");
    cr_expect_str_eq(also, "one|two|");
    end();
    begin();
    cr_expect_eq(next, 3, "the numbers began anew");
    commit_line("three", true);
    end();
    expect_file("1 one\n2 two\n3 three\n");
}

Test(line_file, a_kill_between_commit_and_writing_loses_nothing)
{
    begin();
    commit_line("one", true);
    commit_line("two", false);
    commit_line("three", false);
    die();
    begin();
    expect_file("1 one\n2 two\n3 three\n");
    cr_expect_str_eq(also, "two|three|");
    cr_expect_eq(next, 4);
    cr_expect_eq(row_count(), 0, "rows that are written are kept");
    end();
}

Test(line_file, a_kill_after_writing_doubles_nothing)
{
    begin();
    for (int count = 0; count < 5; count++)
        commit_line("line", true);
    cr_expect_gt(row_count(), 0, "rows are gone before the file is synced");
    die();
    begin();
    expect_file("1 line\n2 line\n3 line\n4 line\n5 line\n");
    end();
}

Test(line_file, a_line_that_is_cut_off_is_written_again)
{
    begin();
    commit_line("one", true);
    commit_line("two", false);
    append_to_file("2 t", 3);
    die();
    begin();
    expect_file("1 one\n2 two\n");
    end();
}

Test(line_file, what_is_no_line_is_removed_from_the_end)
{
    static const char zeros[300000];
    begin();
    commit_line("one", true);
    commit_line("two", false);
    append_to_file(zeros, sizeof zeros); /* a crash of the machine */
    append_to_file("\n\nnoise\n", 8);
    append_to_file(zeros, 10);
    die();
    begin();
    expect_file("1 one\n2 two\n");
    end();
}

Test(line_file, a_file_without_a_line)
{
    begin();
    commit_line("one", false);
    append_to_file("noise", 5);
    die();
    begin();
    expect_file("1 one\n");
    end();
}

Test(line_file, a_file_that_was_renamed)
{
    char kept[310];
    snprintf(kept, sizeof kept, "%s.1", path);
    begin();
    commit_line("one", true);
    cr_assert_eq(rename(path, kept), 0);
    commit_line("two", true);
    expect_file("2 two\n");
    end();
    begin();
    cr_expect_eq(next, 3);
    end();
    cr_assert_eq(unlink(kept), 0);
}

Test(line_file, a_file_that_is_gone_and_nothing_was_behind)
{
    begin();
    commit_line("one", true);
    end();
    cr_assert_eq(unlink(path), 0);
    begin();
    commit_line("again", true);
    end();
    expect_file("1 again\n");
}

Test(line_file, a_file_that_cannot_be_opened_for_a_while)
{
    begin();
    commit_line("one", true);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(mkdir(path, 0700), 0);
    commit_line("two", true);
    commit_line("three", true);
    cr_assert_eq(rmdir(path), 0);
    commit_line("four", true);
    expect_file("2 two\n3 three\n4 four\n");
    cr_expect_str_eq(also, "one|two|three|four|");
    end();
}

Test(line_file, rows_are_deleted_after_so_many_lines)
{
    begin();
    for (int count = 0; count < LINE_TRIM_COUNT + 50; count++)
        commit_line("line", true);
    cr_expect_lt(row_count(), LINE_TRIM_COUNT, "rows gather in the store");
    end();
}

Test(line_file, without_a_folder_lines_go_to_people_only)
{
    struct dsy_error error = { 0 };
    struct line_file none = { .driver = &dsy_store_memory, .also = take_line, .clock = &clock_now };
    int64_t first = 0;
    also[0] = '\0';
    cr_assert_eq(dsy_line_file_open(&none, "", 0, &first, &error), DSY_OK);
    cr_expect_eq(first, 1);
    struct dsy_change change = { .kind = DSY_CHANGE_LINE_INSERT };
    change.as.letter = (struct dsy_letter_row){ .number = 1, .body = { .data = (const uint8_t *)"one", 3 } };
    dsy_line_file_saved(&none, &change, 1);
    dsy_line_file_close(&none);
    cr_expect_str_eq(also, "one|");
}
