/* replay/curl_script.h -- a vector as a shell script of curl commands: to reproduce a failure without this program. */
#ifndef REPLAY_CURL_SCRIPT_H
#define REPLAY_CURL_SCRIPT_H

#include "replay/script.h"

/* Fixture, then the steps, each with what is expected of it; ids are shell variables that answers fill.  Nothing is
 * removed again. */
void curl_script(const struct script *script, size_t vector, FILE *out);

#endif
