/* tests/fuzz/fuzz.h -- what the harnesses of libFuzzer share.  `make fuzz-lib` builds and runs them.
 *
 * Each begins anew for every input, so that a finding needs no other input before it.  A harness for a reader of files
 * puts the input into a file first. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* The input as a file called `name`, in a folder of this process that its end removes; the path, lent until the next
 * call with this name. */
const char *fuzz_file(const char *name, const uint8_t *data, size_t bytes);
/* The folder of these files. */
const char *fuzz_folder(void);

#endif
