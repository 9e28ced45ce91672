/* cli/rule.h -- one rule of a rulebook, for people and for programs. */
#ifndef CLI_RULE_H
#define CLI_RULE_H

#include <stdio.h>

#include "base/jtree.h"
#include "model/rulebook.h"

struct rule {
    const char *kind, *operation; /* "check", "effect", "action", "property"; operation NULL for properties */
    const struct origin *origin;
    const struct check *check;       /* or NULL */
    const struct effect *effect;     /* or NULL */
    const struct action *action;     /* or NULL */
    const struct property *property; /* or NULL */
};

typedef VEC(struct rule) rule_list;

/* All of them, in the order of the file. */
void rules_collect(const struct rulebook *rulebook, rule_list *rules);
/* In words.  `diags` knows the files. */
void rule_print(struct rulebook *rulebook, const struct rule *rule, const struct diags *diags, FILE *out);
struct jtree *rule_json(struct rulebook *rulebook, const struct rule *rule, const struct diags *diags);
const char *or_dash(const char *text); /* "-" for NULL */

#endif
