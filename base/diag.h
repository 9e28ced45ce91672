/* base/diag.h -- what is wrong with the input: position, found, expected.
 *
 * Positions are 1-based; a column counts bytes.  Codes are in diag.def.  A run goes on after an
 * error to find the next one; diags_failed() tells at the end. */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/vec.h"

enum diag_code {
#define DIAG(name, code, text) DIAG_##name,
#include "base/diag.def"
#undef DIAG
    DIAG_COUNT
};

/* Where something stands: `file` is an index given by diags_add_file(); line 0 means the file as a whole. */
struct span {
    uint32_t file, line, column, length;
};

struct diag_file {
    const char *path;
    char *text; /* may be NULL: no source line is shown then */
    size_t bytes;
};

enum diag_level { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE };

struct diag {
    enum diag_level level;
    enum diag_code code;
    struct span span;
    const char *message;
};

struct diags {
    struct arena arena;
    VEC(struct diag_file) files;
    VEC(struct diag) list;
    size_t error_count;
    bool is_repeated; /* the last error or warning had been said before: its notes, too */
};

/* What has been said of a place is not said of it again: one text may be checked in several contexts. */

/* Copies `path`, takes over `text` (from malloc; freed by diags_clear). */
uint32_t diags_add_file(struct diags *diags, const char *path, char *text, size_t bytes);
void diag_error(struct diags *diags, struct span span, enum diag_code code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void diag_warning(struct diags *diags, struct span span, enum diag_code code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void diag_note(struct diags *diags, struct span span, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool diags_failed(const struct diags *diags);
/* Errors in the order of the files and lines, each with its source line and notes. */
void diags_print(const struct diags *diags, FILE *out, bool color);
void diags_clear(struct diags *diags);

const char *diag_slug(enum diag_code code);
const char *diag_help(enum diag_code code);

#endif
