/* main() of every linked program: chooses the subcommand. The program itself is the descriptor that dsyc wrote. */
#include "runtime/program/program.h"

#include <stdio.h>
#include <string.h>

static const char help_text[] =
    "usage: %1$s serve [OPTION …]\n"
    "       %1$s call SERVICE.ROUTINE ['{\"argument\": …}'] [OPTION …]\n"
    "       %1$s services\n"
    "       %1$s --help | --version\n"
    "\n"
    "serve        run the program's services, called over HTTP, until SIGTERM or SIGINT\n"
    "  --store DIR            where state is kept (%2$s.store here); made if it is missing\n"
    "  --listen HOST:PORT     " DEFAULT_LISTEN "; port 0 takes a free one\n"
    "  --allow-remote         HOST may be reached from other machines: there is no TLS and no token yet\n"
    "  --config FILE          settings: [SERVICE] NAME = VALUE, NAME.file = PATH; [SERVICE.use] NAME = here, SERVICE, "
    "URL\n"
    "  --set SERVICE.NAME=VALUE   one of them; also DSY_SERVICE_NAME, DSY_SERVICE_USE_NAME in the environment\n"
    "  --shards N             of a new store; the number of processors\n"
    "  --workers N            threads that execute steps; 16\n"
    "  --placement local|spread   calls between services stay in their caller's shard, or go to all\n"
    "  --keep-results SECONDS how long results can be fetched; a day\n"
    "  --body-bytes N         largest request body; 1048576\n"
    "  --connections N        most open connections; 1024\n"
    "  --grace SECONDS        how long running steps may take after SIGTERM; 30\n"
    "  --log-level LEVEL      debug, info, warning or error; info\n"
    "  --log-json             log lines are JSON objects\n"
    "\n"
    "call         call a routine and wait; prints its result as JSON. Exit code 1: it threw, the error is on stderr;\n"
    "             2: the command line, the routine's name or its arguments are wrong; 3: nobody answers, or it goes "
    "on\n"
    "             A keyed service: 'Account(\"alice\").deposit', or Account/alice/deposit\n"
    "  --address URL          of the serving process; " DEFAULT_ADDRESS "\n"
    "  --store DIR            without one: open this store for the one call\n"
    "  --key KEY              the same key is the same call, however often it is made\n"
    "  --wait SECONDS         give up waiting after that, 0: at once; the call goes on. Without it, wait for the end\n"
    "\n"
    "services     what the program has: services, what they use, configuration, routines, steps and their retries\n";

int
main(int word_count, char **words)
{
    const char *slash = word_count > 0 ? strrchr(words[0], '/') : NULL;
    /* Static: it is large. */
    static struct dsy_command command;
    command.program = &dsy_program;
    command.name = slash != NULL ? slash + 1 : (word_count > 0 ? words[0] : dsy_program.name);
    const char *word = word_count > 1 ? words[1] : "";
    bool is_call = strcmp(word, "call") == 0;
    for (int index = 1; index < word_count; index++) {
        if (strcmp(words[index], "--help") == 0) {
            printf(help_text, command.name, dsy_program.name);
            return 0;
        }
    }
    if (strcmp(word, "--version") == 0) {
        printf("%s, built with dsy " DSY_VERSION "\n", dsy_program.name);
        return 0;
    }
    if (strcmp(word, "services") == 0 && word_count == 2)
        return dsy_program_services(&dsy_program);
    if (!is_call && strcmp(word, "serve") != 0) {
        fprintf(stderr, help_text, command.name, dsy_program.name);
        return EXIT_USAGE;
    }
    int exit_code = EXIT_USAGE;
    if (dsy_command_read(&command, is_call, word_count - 2, words + 2))
        exit_code = is_call ? dsy_program_call(&command) : dsy_program_serve(&command);
    dsy_command_destroy(&command);
    return exit_code;
}
