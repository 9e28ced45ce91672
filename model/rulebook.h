/* model/rulebook.h -- what the files say, typed: kinds, actions, properties, scope.
 *
 *     rulebook_read()   text -> tree -> rulebook           (model/load.c, model/syntax.c)
 *                       names, types, constants, scope     (model/check.c, model/scope.c)
 *
 * Everything lives in the rulebook's arena until rulebook_free().  A truth value is 0 or 1; a value of
 * an enumeration and an object are their indices; no object is -1. */
#ifndef MODEL_RULEBOOK_H
#define MODEL_RULEBOOK_H

#include "base/diag.h"
#include "base/vec.h"
#include "model/term.h"

struct enumeration {
    const char *name; /* "eni.status" for one written in place */
    struct span span;
    const char **values;
    size_t count;
};

/* A named constant or (is_variant) a switch that changes a rule. */
struct constant {
    const char *name, *about;
    struct span span;
    bool is_variant, is_bool, is_used;
    struct term *term; /* as written */
    int32_t value;
};

struct field {
    const char *name, *about;
    struct span span;
    struct kind *kind;
    uint32_t index;   /* among all fields of the rulebook */
    bool is_constant; /* an attribute that the scope fixes; otherwise part of the state */
    struct type_text *text;
    const struct type *type;
    uint32_t width;  /* values it consists of: 1, or one for each member of a set or key of a map */
    uint32_t offset; /* state: among the state values of its object; constant: among its constants */
    int32_t initial; /* of each value, before `initially:` */
};

struct object {
    const char *name;
    struct span span;
    const struct yaml *attributes; /* mapping, or NULL */
    int32_t *constants;            /* kind->constant_width values */
    bool is_named;                 /* by the scope, not numbered by us */
    const struct plan_step *owner; /* the step that makes it: no other call is given it as a new one */
};

/* Objects that a catalog describes; the scope takes those that it names. */
struct catalog_entry {
    const char *name;
    struct span span;
    const struct yaml *row; /* a list, one item a column, or a mapping */
};

struct kind {
    const char *name, *about;
    struct span span;
    uint32_t index;
    VEC(struct field *) fields;
    VEC(struct object) objects;
    VEC(struct catalog_entry) catalog;
    const struct yaml *columns; /* of the catalog's lists */
    bool has_scope, has_catalog;
    bool is_optional;                     /* a scope that does not name it has none */
    const struct process *process;        /* whose objects these are; NULL for others */
    uint32_t constant_width, state_width; /* values of one object */
    uint32_t state_base;                  /* where the kind's objects start in a valuation */
    const struct type *type, *optional_type, *set_type;
};

enum binding_mode { BINDING_PARAMETER, BINDING_CHOICE, BINDING_NEW, BINDING_LET };

struct binding {
    enum binding_mode mode;
    const char *name;
    struct span span;
    struct type_text *text;
    const struct type *type;
    uint32_t slot, width;
    const char *fixed; /* NEW: the object that a plan's step makes, or NULL */
    struct term *term; /* LET: its meaning; CHOICE, NEW: which values the service may choose, or NULL */
};

enum order { ORDER_DOCUMENTED, ORDER_OBSERVED, ORDER_ASSUMED };
enum confidence { CONFIDENCE_NONE, CONFIDENCE_HIGH, CONFIDENCE_MEDIUM, CONFIDENCE_LOW };

/* What a rule is called and where it comes from: checks, effects, actions, properties. */
struct origin {
    const char *id, *source, *about;
    const char *capability; /* what an implementation must offer for this to apply; NULL: nothing special */
    enum confidence confidence;
    struct span span;
};

struct check {
    struct origin origin;
    struct term *require;
    const char **codes; /* the first is preferred; the others are as right */
    size_t code_count;
    enum order order; /* against the checks before it */
};

struct rule_effect {
    struct origin origin;
    struct effect *effect;
};

/* A step of a plan: a call that happens once, when the steps it comes after are done. */
struct plan_step {
    const char *name, *about;
    const char *resource; /* whose call it is, in the words of the input: aws_eip.x[0]; or NULL */
    struct span span;
    const char *at_path; /* where the input says so, if that is another file; NULL: at `span` */
    uint32_t at_line, at_column;
    struct action *action;    /* a copy of the called one */
    struct action *waiter;    /* the event that finds it done; NULL without `until` */
    const struct yaml *after; /* a list of names, or NULL */
    const struct yaml *retry; /* a list of error codes, or NULL */
    struct term *allow;       /* the arguments, and that it is its turn */
    bool is_ordered;          /* it does not wait for itself */
    bool has_call;            /* if not, it only waits for others, under one name */
    bool establishes;         /* it says itself what it establishes, instead of its action */
};

/* A script or controller: a kind whose objects are those that run. */
struct process {
    const char *about;
    struct kind *kind;
    struct field *at;   /* the label of the next step; the last two values are `done` and `failed` */
    struct term *alive; /* it takes steps while this holds; NULL: always.  Of `alive_in`, whose first parameter it is */
    const struct action *alive_in;
    bool can_end;                    /* some way of its steps leads to `done` */
    const struct action *first_wait; /* how the first step goes on if it waits: before that the process rests */
};

enum agent { BY_CLIENT, BY_SERVICE, BY_ENVIRONMENT };

struct definition {
    const char *name;
    struct signature signature;
    const struct type **types; /* of the parameters */
    const struct yaml *text;
    struct term *body;
    uint32_t frame;  /* slots */
    uint64_t size;   /* terms, with those of the definitions it uses */
    uint32_t height; /* terms inside each other, with the definitions it uses */
    bool is_used;
    enum { DEFINITION_OPEN, DEFINITION_ACTIVE, DEFINITION_DONE } progress;
};

struct action {
    const char *name;
    struct origin origin;
    uint32_t index;
    enum agent by;
    bool fair;
    VEC(struct binding *) parameters; /* what the caller gives, in order; slots 0, 1, ... */
    VEC(struct binding *) choices;    /* then what the service chooses */
    VEC(struct binding *) lets;
    struct term *where; /* which arguments are worth trying, or NULL */
    struct term *when;  /* in which states it can happen at all, or NULL */
    struct term *allow; /* the spec's restriction of the arguments, or NULL */
    bool is_allowed;
    VEC(struct check) checks;
    struct term *establishes; /* what the caller wants to hold from the answer ok on, or NULL */
    VEC(struct rule_effect) effects;
    uint32_t frame;              /* slots for parameters, choices and the variables of quantifiers */
    const struct check *failure; /* of an event: what a call began ends with this error code; NULL: no failure */
    const struct yaml *text;
    const struct action *base;     /* what a plan's step calls; otherwise the action itself */
    const struct plan_step *step;  /* NULL if it belongs to no plan */
    bool is_waiter;                /* the event that finds a step done */
    const struct process *process; /* that it is a step of, for the object that is its first parameter; NULL for none */
    const char *label;             /* of this step; NULL for a crash */
    const struct action *called;   /* by this step; NULL if it makes no call */
    const char *answer;            /* the error code that the call gets, NULL for ok; without a call what happens */
};

enum property_form {
    PROPERTY_INVARIANT,
    PROPERTY_STEP,
    PROPERTY_REACHABLE,
    PROPERTY_UNREACHABLE,
    PROPERTY_DEADLOCK_FREE,
    PROPERTY_LIVE,
    PROPERTY_RECOVERABLE,
    PROPERTY_SCENARIO,
    PROPERTY_PLAN,    /* every schedule of the plan ends without an error response */
    PROPERTY_LEADS_TO /* wherever `from` holds, `to` comes in the end */
};

/* One item of a scenario: a call or event, a change of the state it starts from, or something that must hold then. */
struct scenario_item {
    struct span span;
    const struct yaml *text;
    struct call_text call;
    const struct action *action; /* CALL */
    struct term **arguments;     /* CALL: one for each parameter */
    struct term **choices;       /* CALL: one for each choice; NULL: whichever comes first */
    struct effect *given;
    struct term *expect;
};

struct property {
    const char *name;
    struct origin origin;
    enum property_form form;
    struct term *term;            /* the condition; RECOVERABLE, LEADS_TO: to */
    struct term *from;            /* RECOVERABLE, LEADS_TO, or NULL: from everywhere */
    struct term *within_term;     /* NULL without */
    int32_t within;               /* RECOVERABLE, LEADS_TO: API calls */
    bool calm;                    /* LEADS_TO: from then on only what is fair happens */
    const struct action *action;  /* LIVE; NULL: each one */
    const struct plan_step *step; /* PLAN: this one only, or NULL */
    const struct yaml *action_text;
    VEC(struct scenario_item) scenario;
    uint32_t frame;
};

struct setting {
    const char *name, *value;
    struct span span; /* file UINT32_MAX: the command line */
};

struct rulebook {
    struct arena arena;
    struct intern intern;
    const char *path, *library, *title, *about;
    VEC(struct constant *) constants;
    VEC(struct enumeration *) enumerations;
    VEC(struct kind *) kinds;
    VEC(struct definition *) definitions;
    VEC(struct action *) actions;
    VEC(struct property *) properties;
    VEC(struct process *) processes;
    VEC(struct plan_step *) plan;
    struct kind *step_kind; /* of its steps, one object each, in order; NULL without a plan */
    VEC(struct effect *) initially;
    VEC(const struct yaml *) scopes, allows;
    VEC(struct setting) settings;
    uint32_t initial_frame;
    uint32_t state_width; /* values of a valuation: all state fields of all objects */
    uint32_t field_count;
    VEC(const char *) files; /* paths, by span.file; NULL for files of other rulebooks */
    uint32_t main_file;      /* in the diags: the file that was asked for, not an included one */
    struct type bool_type, int_type, action_type, none_type;
    /* Of the texts of all files, one after the other in the order they are opened: first the main file, then what
     * it includes, each once (`cat MAIN INCLUDED ... | sha256sum`). */
    char sha256[65];
};

/* Reads a spec with everything it includes.  `library` is the folder where an included path is looked up
 * that does not exist beside the including file (NULL: nowhere).  `settings` override constants, variants
 * and counts.  NULL after errors, which are in `diags`; `diags` keeps the texts of the files. */
struct rulebook *rulebook_read(const char *path, const char *library, const struct setting *settings,
                               size_t setting_count, struct diags *diags);
void rulebook_free(struct rulebook *rulebook);

struct kind *rulebook_kind(const struct rulebook *rulebook, const char *name);
struct action *rulebook_action(const struct rulebook *rulebook, const char *name);
struct enumeration *rulebook_enumeration(const struct rulebook *rulebook, const char *name);
struct constant *rulebook_constant(const struct rulebook *rulebook, const char *name);

/* May this action be given this object as a new one?  Not if a step of the plan makes it, unless it is that step. */
bool rulebook_is_free(const struct action *action, const struct binding *choice, int32_t object);

/* "invariant", "step", ... */
const char *property_form_text(enum property_form form);
/* Does one state, or one step, at the end of a trace decide it, and no way between them? */
bool property_is_about_states(enum property_form form);
const char *agent_text(enum agent by);
const char *order_text(enum order order);
const char *confidence_text(enum confidence confidence); /* NULL for none */

/* How a value of this type is written: "in_use", "eni2", "none", "true", "7". */
const char *value_text(struct rulebook *rulebook, const struct type *type, int32_t value);
/* Values a field or parameter of this type consists of. */
uint32_t type_width(const struct type *type);
/* The range of each of these values. */
void type_range(const struct type *type, int32_t *low, int32_t *high);
/* The type of each of these values. */
const struct type *type_element(const struct rulebook *rulebook, const struct type *type);

#endif
