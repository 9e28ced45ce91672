/* vectors/folder.h -- a suite's files on disk, all or nothing.
 *
 * The files are written into a temporary folder beside the wanted one, which takes its name at the end. */
#ifndef VECTORS_FOLDER_H
#define VECTORS_FOLDER_H

#include "vectors/format.h"

/* Could folder_write() put a suite there?  Cheap, to be asked before the work begins.  With `force` a folder with an
 * older suite in it (a manifest.json of ours) may be replaced; anything else that is not empty never.
 * If false, `problem` says why. */
bool folder_is_free(const char *folder, bool force, char *problem, size_t problem_bytes);
bool folder_write(const char *folder, bool force, const struct suite_files *files, char *problem, size_t problem_bytes);

#endif
