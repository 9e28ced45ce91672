/* The reader of recorded runs, and the run that they tell. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "solver/run_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    static FILE *nowhere;
    struct diags diags = {0};
    struct run_log log = {0};
    if (nowhere == NULL)
        nowhere = fopen("/dev/null", "w");
    struct rulebook *rulebook = rulebook_read("tests/cases/trace.yaml", NULL, NULL, 0, &diags);
    char *text = malloc(bytes + 1);
    if (rulebook == NULL || text == NULL)
        abort();
    memcpy(text, data, bytes);
    text[bytes] = '\0';
    uint32_t file = diags_add_file(&diags, "log", text, bytes);
    run_log_judge(rulebook, (const struct property *const *)rulebook->properties.at, rulebook->properties.count, file,
                  &log, &diags);
    diags_print(&diags, nowhere, false);
    run_log_clear(&log);
    rulebook_free(rulebook);
    diags_clear(&diags);
    return 0;
}
