/* Command lines of linked programs: options, and what is refused. Settings are tested in test_settings.c. */
#include "runtime/program/program.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wconversion" /* Criterion's macros put an int into a bit */

static const struct dsy_program_type program = { .name = "greeting" };

/* Read words that are separated by spaces. */
static bool
read_words(struct dsy_command *command, bool is_call, const char *text)
{
    static char copy[1024];
    char *words[32], *rest = copy, *word;
    int count = 0;
    *command = (struct dsy_command){ .program = &program, .name = "greeting" };
    snprintf(copy, sizeof copy, "%s", text);
    while ((word = strsep(&rest, " ")) != NULL) {
        if (*word != 0)
            words[count++] = word;
    }
    return dsy_command_read(command, is_call, count, words);
}

Test(command, has_defaults)
{
    static struct dsy_command command;
    char store[64];
    cr_assert(read_words(&command, false, ""));
    cr_expect(strcmp(command.listen, "127.0.0.1:8080") == 0);
    cr_expect(strcmp(dsy_command_store(&command, store, sizeof store), "greeting.store") == 0);
    cr_expect(command.allow_remote == false && command.shard_count == 0 && command.worker_count == 0);
    cr_expect(command.limits.body_bytes_max == DSY_HTTP_BODY_BYTES_MAX);
    dsy_command_destroy(&command);
}

Test(command, reads_options)
{
    static struct dsy_command command;
    char store[64];
    cr_assert(read_words(&command, false,
                         "--store here --listen=[::1]:0 --allow-remote --shards 3 --workers=5 --placement spread "
                         "--keep-results 60 --body-bytes 2048 --connections 7 --grace 2 --log-level error --log-json"));
    cr_expect(strcmp(dsy_command_store(&command, store, sizeof store), "here") == 0);
    cr_expect(strcmp(command.listen, "[::1]:0") == 0);
    cr_expect(command.allow_remote && command.log_json && command.log_level == DSY_LOG_ERROR);
    cr_expect(command.limits.body_bytes_max == 2048 && command.limits.connections_max == 7 && command.grace_s == 2);
    struct dsy_node_options options = dsy_command_node_options(&command);
    cr_expect(options.shard_count == 3 && options.worker_count == 5 && options.placement == DSY_PLACE_SPREAD);
    cr_expect(options.result_retention_ns == INT64_C(60000000000));
    dsy_command_destroy(&command);
}

Test(command, call_takes_two_words)
{
    static struct dsy_command command;
    cr_assert(read_words(&command, true, "Greeter.greet {} --address http://127.0.0.1:1 --key k --wait 3"));
    cr_expect(command.word_count == 2 && strcmp(command.words[0], "Greeter.greet") == 0);
    cr_expect(strcmp(command.address, "http://127.0.0.1:1") == 0 && strcmp(command.key, "k") == 0);
    cr_expect(command.wait_s == 3);
    dsy_command_destroy(&command);
    cr_assert(read_words(&command, true, "Greeter.greet {} --wait 0"));
    cr_expect(command.wait_s == 0, "it does not wait");
    dsy_command_destroy(&command);
    cr_assert(read_words(&command, true, "Greeter.greet {}"));
    cr_expect(command.wait_s < 0, "it waits as long as it takes");
    dsy_command_destroy(&command);
}

Test(command, refuses_what_it_does_not_know, .init = cr_redirect_stderr)
{
    static const struct {
        bool is_call;
        const char *text;
    } cases[] = {
        { false, "word" },
        { false, "--colour red" },
        { false, "--stor x" },
        { false, "--store" },
        { false, "--shards 0" },
        { false, "--shards x" },
        { false, "--shards 3x" },
        { false, "--shards" },
        { false, "--workers 99999" },
        { false, "--placement far" },
        { false, "--log-level loud" },
        { false, "--set Greeter" },
        { false, "--set .x=1" },
        { false, "--set a.=1" },
        { false, "--set a=b.c" },
        { false, "--set a.b.c=d" },
        { false, "--set a.use.b.c=d" },
        { false, "--set" },
        { false, "--config" },
        { false, "--body-bytes 0" },
        { false, "--address x" },
        { true, "a.b {} more" },
        { true, "--listen x" },
        { true, "a.b --log-json" },
    };
    static struct dsy_command command;
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        cr_expect(read_words(&command, cases[index].is_call, cases[index].text) == false, "'%s' is taken",
                  cases[index].text);
        dsy_command_destroy(&command);
    }
}
