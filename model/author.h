/* model/author.h -- a process while it is read: what model/load_process.c and model/load_call.c share. */
#ifndef MODEL_AUTHOR_H
#define MODEL_AUTHOR_H

#include "model/loader.h"

struct edge { /* between steps, by number; behind the last step come done and failed */
    size_t from, to;
};

struct author { /* of the process that is being read */
    struct loader *loader;
    struct process *process;
    const struct yaml *steps; /* a mapping: label, step */
    const struct yaml *item;  /* all of it */
    size_t step;              /* which one */
    VEC(struct edge) edges;
    bool counts; /* the step has a counter of retries */
};

/* Terms that nobody wrote. */
struct term *author_term(const struct author *author, enum term_op op, struct span span, struct term *a,
                         struct term *b);
struct term *author_number(const struct author *author, struct span span, enum term_op op, int32_t value);
struct term *author_and(const struct author *author, struct term *a, struct term *b);      /* either may be NULL */
struct term *author_own(const struct author *author, const char *field, struct span span); /* self.FIELD */
struct term *author_turn(const struct author *author, size_t step);                        /* it is this step's */
struct term *author_is_alive(const struct author *author, const struct action *action);    /* `while`, or NULL */
/* self.FIELD := value */
void author_assign(const struct author *author, struct action *action, const char *field, struct term *value);
/* A field 0..high of the process. */
void author_counter(const struct author *author, const char *name, int32_t high, struct span span);

/* The number of the step that a target names; the steps' count for done, one more for failed. */
size_t author_target(const struct author *author, const struct yaml *node, size_t otherwise);
size_t author_target_of(const struct author *author, const struct yaml *map, const char *key);

/* Is there room for one more action?  If not, an error has said so. */
bool author_may_add(const struct author *author);
/* Makes the action one of the step: whose it is, how it is answered, where it goes on. */
void author_claim(struct author *author, struct action *action, const char *answer, size_t next);

/* load_call.c: a step with `call`. */
void author_call(struct author *author, const struct yaml *item);

#endif
