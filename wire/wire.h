/* wire/wire.h -- a rulebook's calls, answers and objects as those of the EC2 Query API.
 *
 * What the mapping says is data: specs/ec2/wire/ (shapes.yaml, kinds.yaml, actions.yaml); here it is read, checked
 * against a rulebook, and applied.  Objects have no ids of their own: whoever applies the mapping gives the text of
 * each id (struct wire_names), a symbol in a vector, the real thing in a server. */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include <regex.h>

#include "base/jtree.h"
#include "model/define.h"

/* ---- shapes: what the SDKs know ---- */

enum wire_scalar { WIRE_STRING, WIRE_INTEGER, WIRE_BOOLEAN, WIRE_STRUCTURE };

struct wire_type {
    enum wire_scalar scalar;
    bool is_list;
    const struct wire_structure *structure;
};

struct wire_member {
    const char *name;                       /* as SDKs call it: "Groups" */
    const char *request_name, *answer_name; /* "SecurityGroupId", "groupSet" */
    struct wire_type type;
};

struct wire_structure {
    const char *name;
    struct span span;
    bool is_there; /* false: void */
    VEC(struct wire_member) members;
};

struct wire_operation {
    const char *name;
    struct wire_structure input, output;
};

/* ---- values: what is sent, and shown ---- */

enum wire_form {
    WIRE_LITERAL,   /* text */
    WIRE_REFERENCE, /* an id of an object, or the value of a parameter */
    WIRE_TERM,      /* a term about `it` (and `up`) */
    WIRE_MEMBERS,   /* a structure */
    WIRE_LIST,
    WIRE_EACH, /* a list: the objects of a kind that meet a condition */
    WIRE_OF,   /* `show` of another object, or of the same one */
    WIRE_VIEW  /* the description of the object of a binding */
};

enum wire_subject { WIRE_BINDING, WIRE_IT, WIRE_PROFILE };

/* One way to name an object of a kind. */
struct wire_id {
    const struct wire_kind *of;
    const char *name;                                  /* "id", "attachment" */
    uint32_t index;                                    /* among those of its kind */
    const char *prefix, *form;                         /* one of them, or neither with `from` */
    const char *unknown;                               /* the code for one that names nothing, or NULL */
    struct definition *exists, *changes, *from, *same; /* or NULL */
};

struct wire_field {
    const struct wire_member *member;
    struct wire_value *value;
};

struct wire_value {
    enum wire_form form;
    struct span span;
    const char *text;   /* LITERAL; REFERENCE to the profile: its key */
    uint32_t times;     /* LITERAL: how often */
    regex_t *accept;    /* requests with such a text mean the same; NULL: only this very text */
    bool may_be_absent; /* so does a request without it */
    enum wire_subject subject;
    const struct binding *binding;  /* REFERENCE, VIEW */
    const struct wire_id *id;       /* REFERENCE to an object, or NULL */
    const char *otherwise;          /* REFERENCE: "nothing", or the value that need not be sent; NULL: always sent */
    struct definition *term;        /* TERM, OF */
    struct definition *condition;   /* only if it holds; NULL: always */
    bool lingers;                   /* and where it does not, a description may still show the member */
    const struct yaml *as;          /* TERM: value -> text */
    struct wire_value *fallback;    /* TERM: for other values */
    struct wire_value *show;        /* EACH, OF */
    const struct wire_kind *kind;   /* EACH */
    struct definition *first;       /* EACH: those come first */
    VEC(struct wire_field) fields;  /* MEMBERS */
    VEC(struct wire_value *) items; /* LIST */
};

/* ---- kinds, actions, events ---- */

struct wire_filter {
    const char *name, *path; /* "vpc-id", "VpcId" */
};

/* A call that makes or removes an object of a fixture. */
struct wire_make {
    struct definition *condition, *unless; /* or NULL */
    const char *cannot;                    /* why there is no such call; NULL: there is */
    const struct wire_kind *each, *of;     /* once for each object of this kind, or NULL */
    struct definition *where;              /* EACH: for which ones */
    const struct wire_operation *operation;
    struct wire_value *send;
    const struct yaml *bind, *wait; /* id -> path; or NULL */
    const char *retry;              /* a code that will not last */
    const struct field *without;    /* no call: the object is made without this; NULL: a call */
    bool is_late;                   /* only when everything else is made */
};

typedef VEC(struct wire_make) wire_makes;

/* An operation that gives an object's constant attribute another value. */
struct wire_setting {
    const struct wire_operation *operation;
    const struct wire_member *object; /* of its input: the id */
    const char *path;                 /* "MapPublicIpOnLaunch.Value" */
    const struct field *field;
};

struct wire_kind {
    const char *name;
    const struct kind *kind;
    uint32_t index;
    struct definition *exists; /* NULL: always */
    VEC(struct wire_id) ids;   /* the first is called "id" */
    const struct wire_operation *describe;
    const struct wire_member *describe_ids;
    const char *describe_list; /* "Reservations.Instances"; NULL: it is not described */
    struct wire_value *view;
    struct definition *settled; /* nothing will happen by itself; NULL: always */
    VEC(struct wire_filter) filters;
    VEC(const char *) of_scope; /* members of the view that hang on how many objects the scope names */
    wire_makes make, remove;
    wire_makes find; /* tell the id of an object that came into being with a call whose answer does not */
    VEC(struct wire_setting) settings;
};

struct wire_with {
    const struct binding *binding;
    int32_t value; /* of a set: no member */
};

struct wire_call_form {
    VEC(struct wire_with) with;
    struct wire_value *send;
    VEC(const struct binding *) arbitrary; /* parameters that do not matter here */
};

struct wire_answer {
    const char *path;
    struct span span;
    struct wire_value *value;
};

struct wire_unmapped {
    const struct binding *binding;
    int32_t value;
    bool is_whole; /* any value */
    const char *reason;
};

struct wire_action {
    const struct action *action;
    struct span span;
    const struct wire_operation *operation; /* NULL: of another service */
    const char *as;                         /* who calls it, if that is not the account itself */
    VEC(struct wire_call_form) forms;
    VEC(struct wire_answer) answers;
    VEC(struct wire_unmapped) unmapped;
    VEC(const char *) ignored; /* members that no rule reads */
};

struct wire_event {
    const struct action *action;
    const struct binding *see; /* NULL: `cause` says why it cannot be brought about */
    const char *cause;
    uint32_t delay_s;
};

struct wire {
    struct rulebook *rulebook;
    const char *version, *namespace;
    const struct yaml *profile, *values;
    VEC(struct wire_structure *) structures;
    VEC(struct wire_operation *) operations;
    VEC(struct wire_kind *) kinds;     /* in the order in which they are made */
    VEC(struct wire_action *) actions; /* those of the rulebook */
    VEC(struct wire_event *) events;
    VEC(const char *) small_limits;
    VEC(const struct yaml *) strangers; /* actions and events that the rulebook does not have */
    VEC(regex_t *) patterns;            /* to be freed, like these: */
    VEC(struct wire_value *) values_made;
};

/* Reads the three files of `folder` for a rulebook that includes ec2/kinds.yaml.  What they say of actions and kinds
 * that the rulebook lacks is passed over.  NULL after errors.  It lives as long as the rulebook, but for wire_free().
 */
struct wire *wire_read(const char *folder, struct rulebook *rulebook, struct diags *diags);
void wire_free(struct wire *wire);
/* Is the rulebook one of EC2, for which the mapping is? */
bool wire_applies(const struct rulebook *rulebook);

/* Is every action, event and parameter of the rulebook mapped, or said to be unmappable, and nothing else?  Errors say
 * what is not. */
bool wire_check_complete(const struct wire *wire, struct diags *diags);

const struct wire_operation *wire_operation(const struct wire *wire, const char *name); /* NULL */
const struct wire_kind *wire_kind(const struct wire *wire, const struct kind *kind);    /* NULL */
const struct wire_action *wire_action(const struct wire *wire, const struct action *action);
const struct wire_event *wire_event(const struct wire *wire, const struct action *action);
const struct wire_member *wire_member(const struct wire_structure *structure, const char *name);
const struct wire_id *wire_id(const struct wire_kind *kind, const char *name);
/* The text of the wire for a value of an enumeration: "nothing" leaves the member out. */
const char *wire_enum_text(const struct wire *wire, const struct type *type, int32_t value);

/* ---- applying it ---- */

struct wire_names {
    void *context;
    /* NULL: the object has no such id now. */
    const char *(*text)(void *context, const struct wire_id *id, uint32_t object);
    const char *(*profile)(void *context, const char *key);
};

struct wire_show {
    const struct wire *wire;
    struct evaluator *evaluator;
    const int32_t *valuation; /* of terms */
    struct wire_names names;
};

/* What an SDK is given, as JSON; `arguments` as in eval_step().  NULL: no form of the mapping sends these arguments;
 * `*reason` then says why, if the mapping does. */
struct jtree *wire_request(const struct wire_show *show, const struct wire_action *action, const int32_t *arguments,
                           const struct wire_call_form **used, const char **reason);
/* The description of an object that exists. */
struct jtree *wire_view(const struct wire_show *show, const struct wire_kind *kind, uint32_t object);
/* A value about an object (`it`) and perhaps an outer one (`up`, else UINT32_MAX); NULL: left out. */
struct jtree *wire_about(const struct wire_show *show, const struct wire_value *value, const struct wire_type *type,
                         uint32_t it, uint32_t up);
/* A value of an answer, for the arguments and choices of a call. */
struct jtree *wire_answer_value(const struct wire_show *show, const struct wire_action *action,
                                const struct wire_value *value, const struct wire_type *type, const int32_t *arguments);
bool wire_holds(const struct wire_show *show, const struct definition *condition, uint32_t it, uint32_t up);
/* Where the values of a parameter or choice stand among the arguments. */
size_t wire_offset(const struct action *action, const struct binding *binding);
/* The id that a reference names, in the text of `names`; NULL: it has no value. */
const char *wire_reference(const struct wire_show *show, const struct action *action, const struct wire_value *value,
                           const int32_t *arguments);

#endif
