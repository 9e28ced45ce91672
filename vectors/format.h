/* vectors/format.h -- a suite as files.
 *
 * A format makes all files of the folder in memory; vectors/folder.h writes them.  What it makes depends on the suite
 * only: no time, no name of a machine or user, so that the same input gives the same bytes. */
#ifndef VECTORS_FORMAT_H
#define VECTORS_FORMAT_H

#include <stdio.h>

#include "vectors/suite_set.h"

struct suite_file {
    char *path; /* relative, with '/' */
    char *text; /* from the heap, like `path` */
    size_t bytes;
};

struct suite_files {
    VEC(struct suite_file) list;
};

struct wire;

struct format {
    const char *name, *summary;
    /* A further format, beside the native one: the files of one spec, whose name distinguishes them from those of
     * others. `wire` is NULL unless it `needs_wire`, that is, speaks of calls of the EC2 Query API. */
    bool needs_wire;
    void (*write_spec)(struct suite *suite, const char *name, const struct wire *wire, const char *version,
                       struct suite_files *files);
    /* `version` is the tool's. */
    void (*write)(struct suite_set *set, const char *version, struct suite_files *files);
};

extern const struct format *const formats[];
const struct format *format_find(const char *name); /* NULL */

/* A file that was written to memory, through open_memstream() or the like. */
FILE *suite_file_open(char **text, size_t *bytes);
void suite_file_close(struct suite_files *files, const char *path, FILE *out, char **text, size_t *bytes);
/* The same text for every spec; added once. */
void suite_files_add_once(struct suite_files *files, const char *path, const char *begin, const char *end);
/* Takes `text`. */
void suite_files_add(struct suite_files *files, const char *path, char *text, size_t bytes);
const struct suite_file *suite_files_find(const struct suite_files *files, const char *path); /* NULL */
void suite_files_clear(struct suite_files *files);

#endif
