/* model/eval.h -- the plain evaluator: the meaning of a rulebook, one state at a time.
 *
 * It walks the typed terms and shares nothing with the grounding that the engines use, so that it can
 * confirm what they say.  A valuation holds the values of every state field of every object:
 * valuation[kind->state_base + object * kind->state_width + field->offset + element]. */
#ifndef MODEL_EVAL_H
#define MODEL_EVAL_H

#include "model/slice.h"

enum eval_outcome {
    EVAL_OK,       /* the response is ok; the next valuation is there */
    EVAL_ERROR,    /* a check fails: an error response, nothing changes */
    EVAL_DISABLED, /* it cannot happen in this state, or the choice is not among the service's */
    EVAL_BROKEN    /* the rulebook has no meaning here: reads a field of none, leaves a range, contradicts itself */
};

/* Why EVAL_BROKEN. */
struct eval_problem {
    struct span span;
    const char *text;
};

struct evaluator {
    struct rulebook *rulebook;
    const struct slice *slice; /* effects on fields that it drops are passed over; NULL: none are */
    struct arena scratch;
    struct eval_problem problem;
    size_t failed_check; /* after EVAL_ERROR: the first that fails */
};

void evaluator_init(struct evaluator *evaluator, struct rulebook *rulebook);
void evaluator_clear(struct evaluator *evaluator);

/* rulebook->state_width values.  False if `initially` is broken. */
bool eval_initial(struct evaluator *evaluator, int32_t *valuation);

/* One step.  `arguments` are the values of all parameters and, if `with_choices`, of the choices, in order. Without
 * choices only the response is computed (`next` is not written).  `next` may not be `valuation`. */
enum eval_outcome eval_step(struct evaluator *evaluator, const struct action *action, const int32_t *arguments,
                            bool with_choices, const int32_t *valuation, int32_t *next);

/* May the service choose the value that `arguments` have for choice `index`, given those before it?  EVAL_OK,
 * EVAL_DISABLED or EVAL_BROKEN; the parameters' checks are not looked at. */
enum eval_outcome eval_choice(struct evaluator *evaluator, const struct action *action, size_t index,
                              const int32_t *arguments, const int32_t *valuation);

/* Does check `index` hold, whatever the checks before it say?  EVAL_OK or EVAL_ERROR or EVAL_BROKEN. */
enum eval_outcome eval_check(struct evaluator *evaluator, const struct action *action, size_t index,
                             const int32_t *arguments, const int32_t *valuation);

/* Does what the action establishes (which is not NULL) hold?  Not where it has no meaning. */
bool eval_established(struct evaluator *evaluator, const struct action *action, const int32_t *arguments,
                      const int32_t *valuation);

/* A condition of a property.  For step properties `valuation` is the old state; otherwise next is NULL. */
enum eval_outcome eval_condition(struct evaluator *evaluator, const struct term *term, uint32_t frame,
                                 const int32_t *valuation, const int32_t *next, const struct action *action,
                                 bool *value);

/* The values of a term: type_width() of its type.  False if it is broken. */
bool eval_values(struct evaluator *evaluator, const struct term *term, uint32_t frame, const int32_t *valuation,
                 int32_t *values);

/* The values of a definition whose parameters are these objects.  False if it is broken. */
bool eval_defined(struct evaluator *evaluator, const struct definition *definition, const uint32_t *objects,
                  const int32_t *valuation, int32_t *values);

/* Applies an effect to the valuation itself.  False if it is broken. */
bool eval_effect(struct evaluator *evaluator, const struct effect *effect, uint32_t frame, int32_t *valuation);

/* How many values the parameters (and choices) of an action consist of. */
size_t action_width(const struct action *action, bool with_choices);

#endif
