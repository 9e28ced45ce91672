/* cli/work.h -- what the commands share: reading a spec, opening the output, limits, Ctrl-C. */
#ifndef CLI_WORK_H
#define CLI_WORK_H

#include "cli/options.h"
#include "import/import.h"
#include "solver/engine.h"

#define ENIMC_VERSION "0.1.0"

/* The spec of this command, or NULL after diagnostics on stderr. */
struct rulebook *work_read(const struct options *options, const char *path, struct diags *diags);
/* The same, or without a path the bundled EC2 rulebook. */
struct rulebook *work_read_bundled(const struct options *options, const char *path, struct diags *diags);
/* Is --format text or json?  False after a message. */
bool work_format(const struct options *options);
/* The files of the command line that are to be imported; lent. */
struct import_inputs work_import_inputs(const struct options *options);
/* A note with the closest of `candidates`. */
void work_suggest(struct diags *diags, const char *name, const char *const *candidates, size_t count);

/* Prints and clears; true if there were errors. */
bool work_report(struct diags *diags, const struct options *options);

/* stdout or the file of --output, written beside it first.  NULL after a message. */
FILE *work_open(const struct options *options);
/* Puts the file in its place.  False after a message. */
bool work_close(const struct options *options, FILE *out);

struct budget work_budget(const struct options *options);
bool work_color(const struct options *options, FILE *out);
/* One rewritten line on a terminal. */
void work_progress_clear(void);

/* The properties asked by --property, or all; false after a message. */
typedef VEC(const struct property *) property_list;
bool work_properties(const struct options *options, const struct rulebook *rulebook, property_list *list,
                     struct diags *diags);

#endif
