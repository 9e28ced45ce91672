/* The reader of Terraform plans, and all that makes a spec of one. */
#include "tests/fuzz/fuzz.h"

#include "import/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    const char *path = fuzz_file("plan.json", data, bytes);
    struct diags diags = {0};
    struct import_inputs inputs = {.paths = &path, .count = 1};
    struct import *import = import_files(&inputs, "tests/fuzz/library", &diags);
    static FILE *nowhere;
    if (nowhere == NULL)
        nowhere = fopen("/dev/null", "w");
    if (import != NULL)
        import_write(import, nowhere);
    diags_print(&diags, nowhere, false);
    import_free(import);
    diags_clear(&diags);
    return 0;
}
