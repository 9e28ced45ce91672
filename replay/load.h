/* replay/load.h -- the folder of a suite as scripts. */
#ifndef REPLAY_LOAD_H
#define REPLAY_LOAD_H

#include "replay/replay.h"

/* Reads manifest.json, the groups it lists, and for each of them the spec that it was made of: at the manifest's path,
 * or below `library`; of one `only`, if it is not NULL.  False after errors in `diags`. */
bool replay_load(struct replay *replay, const char *folder, const char *only, const char *library, const char *version,
                 struct diags *diags);

/* The JSON of a file.  NULL after an error. */
struct jtree *replay_read_json(const char *path, struct diags *diags);

#endif
