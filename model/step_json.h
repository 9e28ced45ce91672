/* model/step_json.h -- the steps of a run as JSON: one shape in reports and in the logs of `enimc serve`.
 *
 *     {"action": NAME, "by": AGENT, "arguments": {NAME: VALUE}, "response": "ok" or a code, "changes": {...}}
 *
 * The arguments of an accepted call have the service's choices, too.  "calls": what a step of a process calls. */
#ifndef MODEL_STEP_JSON_H
#define MODEL_STEP_JSON_H

#include "base/jtree.h"
#include "model/rulebook.h"

/* `arguments` as in eval_step(); `after` NULL: nothing changes. */
struct jtree *step_json(struct rulebook *rulebook, const struct action *action, const int32_t *arguments,
                        bool with_choices, const char *response, const int32_t *before, const int32_t *after);

/* {"OBJECT.FIELD": {"from": VALUE, "to": VALUE}}: what differs between two valuations. */
struct jtree *changes_json(struct rulebook *rulebook, const int32_t *before, const int32_t *after);
/* Adds such a member. */
void change_json(struct rulebook *rulebook, const struct field *field, uint32_t object, const int32_t *before,
                 const int32_t *after, struct jtree *changes);

#endif
