/* The reader of suites of test vectors: a manifest, and behind a NUL the group that it names. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>

#include "vectors/diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    static FILE *nowhere;
    const uint8_t *end = memchr(data, '\0', bytes);
    size_t length = end == NULL ? bytes : (size_t)(end - data);
    char problem[400];
    struct suite_files files = {0};
    if (nowhere == NULL)
        nowhere = fopen("/dev/null", "w");
    fuzz_file("manifest.json", data, length);
    fuzz_file("group.json", data + length + (end != NULL), bytes - length - (end != NULL));
    suite_diff(fuzz_folder(), &files, nowhere, problem, sizeof problem);
    return 0;
}
