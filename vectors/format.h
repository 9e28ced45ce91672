/* vectors/format.h -- a suite as files.
 *
 * A format makes all files of the folder in memory; vectors/folder.h writes them.  What it makes depends on the suite
 * only: no time, no name of a machine or user, so that the same input gives the same bytes. */
#ifndef VECTORS_FORMAT_H
#define VECTORS_FORMAT_H

#include "vectors/suite_set.h"

struct suite_file {
    char *path; /* relative, with '/' */
    char *text; /* from the heap, like `path` */
    size_t bytes;
};

struct suite_files {
    VEC(struct suite_file) list;
};

struct format {
    const char *name, *summary;
    /* `version` is the tool's. */
    void (*write)(struct suite_set *set, const char *version, struct suite_files *files);
};

extern const struct format *const formats[];
const struct format *format_find(const char *name); /* NULL */

/* Takes `text`. */
void suite_files_add(struct suite_files *files, const char *path, char *text, size_t bytes);
const struct suite_file *suite_files_find(const struct suite_files *files, const char *path); /* NULL */
void suite_files_clear(struct suite_files *files);

#endif
