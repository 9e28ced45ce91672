/* enimc import: a Terraform plan, a CloudFormation template, or an account, as a spec, as it was understood. */
#include "cli/exit.h"
#include "cli/work.h"
#include "import/import.h"

static int run_import(const struct options *options) {
    struct diags diags = {0};
    struct import_inputs inputs = work_import_inputs(options);
    struct import *import = import_files(&inputs, options->library, &diags);
    bool failed = work_report(&diags, options) || import == NULL;
    FILE *out = failed ? NULL : work_open(options);
    if (out != NULL) {
        import_write(import, out);
        failed = !work_close(options, out);
        for (size_t i = 0; i < import_note_count(import) && !options->quiet; i++)
            fprintf(stderr, "note: %s\n", import_note(import, i));
    } else {
        failed = true;
    }
    import_free(import);
    diags_clear(&diags);
    return failed ? EXIT_BAD_INPUT : EXIT_HOLDS;
}

const struct command command_import = {
    .name = "import",
    .arguments = "INPUT...",
    .summary = "Writes the spec that a Terraform plan, CloudFormation template or account is understood as",
    .flag = ON_IMPORT,
    .min_inputs = 1,
    .max_inputs = SIZE_MAX,
    .run = run_import,
};
