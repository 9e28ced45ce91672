/* enimc: reads the command, finds its record, runs it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/exit.h"
#include "cli/options.h"
#include "cli/work.h"

extern const struct command command_check, command_verify, command_rules, command_vectors, command_simulate,
    command_ablate, command_import, command_serve, command_replay, command_explain, command_help;

const struct command *const commands[] = {&command_check,    &command_verify,  &command_rules,  &command_vectors,
                                          &command_simulate, &command_ablate,  &command_import, &command_serve,
                                          &command_replay,   &command_explain, &command_help,   NULL};

const struct command *command_find(const char *name) {
    for (size_t i = 0; commands[i] != NULL; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static int run_help(const struct options *options) {
    const struct command *command = options->inputs.count == 0 ? NULL : command_find(options->inputs.at[0]);
    if (command == NULL && options->inputs.count > 0) {
        fprintf(stderr, "enimc: no command is called '%s'; 'enimc help' lists them\n", options->inputs.at[0]);
        return EXIT_BAD_INPUT;
    }
    if (command != NULL)
        options_help(command, stdout);
    else
        options_overview(stdout);
    return fflush(stdout) == 0 ? EXIT_HOLDS : EXIT_BAD_INPUT;
}

const struct command command_help = {
    .name = "help",
    .arguments = "[COMMAND]",
    .summary = "Tells what there is",
    .flag = ON_OTHER,
    .max_inputs = 1,
    .run = run_help,
};

static void end_without_memory(size_t bytes) {
    fprintf(stderr, "enimc: out of memory (%zu bytes wanted)\n", bytes);
    exit(EXIT_UNKNOWN);
}

/* The bundled specs: beside the program in its source tree, or where `make install` put them. */
static const char *find_library(void) {
    static char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 16);
    if (length > 0) {
        path[length] = '\0';
        for (int up = 0; up < 3; up++) { /* beside the program, or above build/CONFIG/ */
            char *slash = strrchr(path, '/');
            if (slash == NULL)
                break;
            strcpy(slash + 1, "specs/ec2");
            if (access(path, R_OK) == 0) {
                strcpy(slash + 1, "specs");
                return path;
            }
            *slash = '\0';
        }
    }
    return ENIMC_DATADIR "/specs";
}

int main(int argc, char **argv) {
    out_of_memory = end_without_memory;
    if (argc < 2) {
        options_overview(stderr);
        return EXIT_BAD_INPUT;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("enimc " ENIMC_VERSION);
        return EXIT_HOLDS;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        options_overview(stdout);
        return EXIT_HOLDS;
    }
    const struct command *command = command_find(argv[1]);
    if (command == NULL) {
        fprintf(stderr, "enimc: no command is called '%s'\nTry 'enimc help'.\n", argv[1]);
        return EXIT_BAD_INPUT;
    }
    struct options options;
    int status = EXIT_BAD_INPUT;
    if (options_read(&options, command, argc, argv)) {
        options.library = find_library();
        if (options.help) {
            options_help(command, stdout);
            status = EXIT_HOLDS;
        } else {
            status = command->run(&options);
        }
    }
    options_clear(&options);
    return status;
}
