/* enimc explain: what a diagnostic means and how to repair its cause. */
#include <string.h>

#include "cli/exit.h"
#include "cli/work.h"

static int run_explain(const struct options *options) {
    const char *wanted = options->inputs.count > 0 ? options->inputs.at[0] : NULL;
    for (enum diag_code code = 0; code < DIAG_COUNT; code++)
        if (wanted == NULL)
            printf("%-16s %s\n", diag_slug(code), diag_help(code));
        else if (strcmp(diag_slug(code), wanted) == 0)
            return printf("%s: %s\n", wanted, diag_help(code)) < 0 ? EXIT_BAD_INPUT : EXIT_HOLDS;
    if (wanted == NULL)
        return EXIT_HOLDS;
    fprintf(stderr, "enimc: no diagnostic is called '%s'; 'enimc explain' lists them\n", wanted);
    return EXIT_BAD_INPUT;
}

const struct command command_explain = {
    .name = "explain",
    .arguments = "[CODE]",
    .summary = "Says what a diagnostic means and how to repair its cause",
    .flag = ON_OTHER,
    .max_inputs = 1,
    .run = run_explain,
};
