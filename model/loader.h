/* model/loader.h -- what the parts of the loader share; nobody outside model/load*.c includes it.
 *
 * load.c reads files and declarations, load_rules.c reads actions and properties, load_plan.c and
 * load_process.c (with load_call.c) turn plans and processes into actions. */
#ifndef MODEL_LOADER_H
#define MODEL_LOADER_H

#include <sys/stat.h>

#include "base/sha256.h"
#include "model/sections.h"

struct file_identity { /* one file may have several paths */
    dev_t device;
    ino_t inode;
};

struct loader {
    struct rulebook *rulebook;
    struct syntax syntax;
    struct diags *diags;
    struct sha256 hash;
    VEC(struct file_identity) loaded; /* in order */
    const char *capability;           /* that rules need unless they say otherwise: the file's or the action's */
    size_t declared;                  /* keys of all sections and fields of all kinds so far */
};

/* Is the node of this kind?  If not, an error says that `what` must be. */
bool loader_has_shape(struct loader *loader, const struct yaml *node, enum yaml_kind kind, const char *what);
/* Every key must be one of `allowed`; nothing a person wrote is passed over. */
void loader_check_keys(struct loader *loader, const struct yaml *map, const char *const *allowed, size_t count,
                       const char *what);
#define CHECK_KEYS(loader, map, what, ...)                                                                             \
    do {                                                                                                               \
        static const char *const allowed_keys[] = {__VA_ARGS__};                                                       \
        loader_check_keys(loader, map, allowed_keys, ARRAY_SIZE(allowed_keys), what);                                  \
    } while (0)

/* The value of a key, or NULL, false, `otherwise` without it. */
const char *loader_text(struct loader *loader, const struct yaml *map, const char *key);
bool loader_flag(struct loader *loader, const struct yaml *map, const char *key);
int loader_choice(struct loader *loader, const struct yaml *map, const char *key, const char *const *names,
                  size_t count, int otherwise);
struct term *loader_term(struct loader *loader, const struct yaml *map, const char *key);
bool loader_is_name(struct loader *loader, const struct yaml *node, bool is_quotable, const char *what);
/* id, source, confidence, capability and about; `map` may be NULL. */
struct origin loader_origin(struct loader *loader, const struct yaml *map, const char *id, struct span span);
void loader_duplicate(struct loader *loader, struct span span, struct span first, const char *what, const char *name);

void load_actions(struct loader *loader, const struct yaml *section);
void load_properties(struct loader *loader, const struct yaml *section);
/* The same action once more under the name `key`. */
struct action *load_action_copy(struct loader *loader, const struct yaml *key, const struct action *action);
/* load_plan.c; once all actions are there */
void load_plan(struct loader *loader, const struct yaml *section);
/* parameter == value for every parameter; a choice that is given is fixed, too. */
struct term *loader_fix_arguments(struct loader *loader, struct action *action, const struct call_text *call);
/* The client's action that is called, or NULL after an error. */
struct action *loader_called(struct loader *loader, const struct call_text *call);
/* load_process.c; once all actions and kinds are there */
void load_processes(struct loader *loader, const struct yaml *section);
/* load.c: the fields of a kind */
void loader_fields(struct loader *loader, struct kind *kind, const struct yaml *map, bool is_constant);

#endif
