/* vectors/diff.h -- what became of an older suite. */
#ifndef VECTORS_DIFF_H
#define VECTORS_DIFF_H

#include "vectors/format.h"

/* Compares these files, in the native format, with the suite in the folder: a line "added ID", "retired ID" or "changed
 * ID" (same id, other setup or steps) for each vector, in the order of the ids; then their numbers.  False if there is
 * no such suite; `problem` then says why. */
bool suite_diff(const char *folder, const struct suite_files *files, FILE *out, char *problem, size_t problem_bytes);

#endif
