/* import/shapes.h -- what the stages of an import hand to each other.  Everything lives in the import's arena. */
#ifndef IMPORT_SHAPES_H
#define IMPORT_SHAPES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/jtree.h"
#include "base/vec.h"
#include "import/address.h"
#include "import/import.h"
#include "import/name_map.h"

#define NONE UINT32_MAX /* no block, resource, object, operation */

typedef VEC(uint32_t) id_list;

/* ---- what the plan says ---- */

/* A module of the configuration; its calls may be repeated, that is seen in the addresses of instances. */
struct module {
    const char *path; /* "" for the root, else "module.a.module.b" */
    struct module *parent;
    const struct jtree *call; /* in the parent: expressions, depends_on, … */
    const struct jtree *body; /* resources, module_calls, outputs */
};

/* A resource block of the configuration. */
struct block {
    const char *address; /* with the path of its module: "module.a.aws_eip.x" */
    const char *type;
    struct module *module;
    const struct jtree *body;
    id_list instances; /* resources */
    id_list waits;     /* blocks that it refers to, itself not; all of their instances */
    id_list single;    /* instances of other blocks, where the key is written: aws_eip.x["a"] */
    id_list guesses;   /* blocks that it may refer to, through what the plan does not show */
    id_list old_waits; /* of a stack: what it referred to before */
    struct span place; /* of a stack; line 0 if it is not known */
};

enum change { CHANGE_NONE, CHANGE_CREATE, CHANGE_UPDATE, CHANGE_DELETE, CHANGE_DELETE_CREATE, CHANGE_CREATE_DELETE };

enum resource_kind {
    RESOURCE_OTHER,
#define RESOURCE(kind, type) RESOURCE_##kind,
#include "import/resource_types.def"
#undef RESOURCE
};

static inline bool is_created(enum change change) {
    return change == CHANGE_CREATE || change == CHANGE_DELETE_CREATE || change == CHANGE_CREATE_DELETE;
}
static inline bool is_destroyed(enum change change) {
    return change == CHANGE_DELETE || change == CHANGE_DELETE_CREATE || change == CHANGE_CREATE_DELETE;
}

/* An instance of a block, or an object that Terraform left behind (`deposed`). */
struct resource {
    const char *address;
    struct address parts;
    enum resource_kind kind;
    enum change change;
    const char *deposed; /* its key, or NULL */
    const char *at;      /* FILE:LINE:COLUMN, or NULL */
    bool is_data;
    const struct jtree *before, *after, *unknown; /* values; NULL where there are none */
    const struct jtree *depends;                  /* of the prior state: addresses of blocks */
    uint32_t block;                               /* NONE if the configuration has none: orphans */
    uint32_t old_object, new_object;              /* the same, unless it is replaced */
    uint32_t old_interface, new_interface;        /* that a launch or a NAT gateway makes by itself */
    uint32_t create, destroy;                     /* operations */
    uint32_t world;                               /* its region and account by number, or NONE */
};

/* ---- objects of the rulebook ---- */

enum object_kind {
    OBJECT_ZONE,
    OBJECT_VPC,
    OBJECT_GATEWAY,
    OBJECT_SUBNET,
    OBJECT_GROUP,
    OBJECT_TYPE,
    OBJECT_INSTANCE,
    OBJECT_INTERFACE,
    OBJECT_ADDRESS,
    OBJECT_EIP,
    OBJECT_NAT,
    OBJECT_PREFIX,
    OBJECT_IPV6,
    OBJECT_IPV6_PREFIX,
    OBJECT_BALANCER,
    OBJECT_MAPPING,      /* what a load balancer asks for in one subnet */
    OBJECT_ENTRY,        /* what a launch says of one interface */
    OBJECT_CIDR_BLOCK,   /* a further one of a VPC */
    OBJECT_SUBNET_BLOCK, /* an IPv6 one of a subnet */
    OBJECT_KINDS
};

struct ec2_object {
    enum object_kind kind;
    const char *name;
    bool exists;                       /* at first */
    bool vpc_known, zone_known;        /* otherwise nobody knows, and no rule is to fail because of it */
    uint32_t vpc, zone, subnet;        /* where it is */
    uint32_t instance, interface, eip; /* interface: whom it is attached to; address: whose; EIP: … */
    uint32_t address;                  /* EIP: the one it is associated with; mapping: the one that it asks for */
    uint32_t balancer;                 /* mapping: whose */
    uint32_t base, prefix_bits;        /* subnet, VPC, CIDR block; prefix_bits 0: not known */
    bool has_block, knows_blocks;      /* the input says which; VPC: all of them */
    uint32_t offset;                   /* address; prefix: of its first one */
    uint32_t world;                    /* or NONE: not known */
    uint32_t number;                   /* group: of its name, if another has it too */
    int64_t device, card;
    const char *type, *label; /* instance; group: its name */
    bool primary, is_default, is_protected, own_pool, public_ip, stopped;
    bool delete_on_termination, no_source_dest_check;
    const char *manager; /* interface: nat_gateway, service, or NULL */
    const char *family;  /* load balancer: application, network, gateway */
    bool internet_facing;
    bool asked;         /* address: a call of the plan names it */
    uint32_t automatic; /* subnet: addresses that the service will pick */
    bool has_ipv6;      /* subnet; CIDR block: it is one for IPv6 */
    bool lacks_ipv6;    /* VPC: at first */
    const char *ipv6;   /* subnet: its IPv6 CIDR block, or NULL: not known */
    bool picks;         /* NAT gateway, mapping: the service picks its address, without a call */
    uint32_t picked;    /* which, if it makes no difference; or NONE */
    uint32_t makes;     /* the interface that it will have */
    uint32_t available; /* subnet: free addresses, if a snapshot tells it; otherwise UINT32_MAX */
    id_list groups;     /* interface, load balancer; group: whom it admits */
};

/* ---- what is called ---- */

struct step {
    const char *name, *about, *call, *until, *retry, *ignore;
    const char *establishes; /* NULL: what the call does */
    const char *picks;       /* the choice by which the service picks an address, or NULL */
    uint32_t subnet;         /* of that address */
    uint32_t operation;
};

/* Create or update, or destroy a resource: its steps are done one after the other. */
struct operation {
    uint32_t resource;
    bool is_destroy;
    uint32_t first_step, step_count;
};

enum quota {
    QUOTA_EIPS,
    QUOTA_GATEWAYS,
    QUOTA_INSTANCES,
    QUOTA_NATS,
    QUOTA_INTERFACES,
    QUOTA_GROUPS_PER_INTERFACE,
    QUOTAS
};

/* An assumption about the account: refusals with this code rest on it. */
struct doubt {
    const char *code, *text;
    const char *resource; /* whose calls; NULL: any */
};

struct import {
    struct arena arena;
    struct diags *diags;
    const char *path;
    uint32_t file;      /* in the diags */
    struct jtree *tree; /* the plan or the template, or NULL */
    bool is_template;
    const char *gap;        /* why the input does not show all that it should, or NULL */
    struct jtree *given;    /* values of the template's parameters, or NULL */
    struct jtree *previous; /* the template of the stack as it is, or NULL */
    struct jtree *previous_given;
    const struct jtree *change_set; /* or NULL */
    uint32_t main_file, previous_file;
    bool is_deletion;           /* of the template's stack */
    struct name_map open_names; /* what its conditions ask and nothing answers */
    uint32_t turned;            /* a set of those */
    VEC(struct jtree *) trees;  /* that are to be freed, too */
    VEC(const struct jtree *) snapshots;
    struct apply_graph *graph; /* or NULL */
    bool knows_gateways;       /* a snapshot lists the internet gateways */
    const struct jtree *state; /* prior_state */
    VEC(struct module *) modules;
    VEC(struct block *) blocks;
    VEC(struct resource) resources;
    VEC(struct ec2_object) objects;
    VEC(struct operation) operations;
    VEC(struct step) steps;
    VEC(const char *) notes, types, type_rows; /* instance types of the rulebook; their rows, as in its catalog */
    VEC(struct import_observation) observations;
    VEC(struct doubt) doubts;
    bool own_types;          /* the snapshot has instance types of its own */
    int64_t quotas[QUOTAS];  /* 0: not known */
    bool knows_addresses;    /* a snapshot lists the Elastic IPs */
    VEC(struct span) places; /* of a template's resources */
    struct span place;       /* what errors are about; line 0: the file as a whole */
    const char *roomy_type;  /* stands for a type that is not known */
    struct name_map blocks_by_address, resources_by_address, resources_by_id, objects_by_name, modules_by_path,
        external_objects, addresses, notes_seen, types_seen, types_used, steps_by_name, places_by_name;
    struct name_map worlds;
    uint32_t world; /* of what is made just now */
    int64_t last_device, last_card;
    uint64_t *before; /* of each operation: a row of bits, the operations that are done before it */
    size_t row_words;
};

/* Adds a note, once. */
void note(struct import *import, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds a finding about a resource, once. */
void observe(struct import *import, const char *finding, uint32_t resource, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void find_dangling_names(struct import *import);
void import_error(struct import *import, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- the stages; each false after an error ---- */

/* Any input: a plan, a template or a snapshot. */
bool read_input(struct import *import, const char *path);
bool read_terraform_plan(struct import *import);
bool is_template(const struct jtree *tree);
bool read_template(struct import *import);
struct jtree *read_parameters(struct import *import, const char *path); /* NULL after an error */
/* The template of the stack as it is. */
bool read_previous(struct import *import, const char *path);
char *read_whole_file(struct import *import, const char *path, size_t *bytes); /* from the heap; NULL after an error */
/* A YAML file with keys of a template at the margin, as JSON: cloudformation_yaml.c; NULL after an error. */
struct jtree *cloudformation_yaml(struct import *import, const char *text, size_t bytes);
/* JSON from a file; NULL after an error that names what was `expected`. */
struct jtree *read_json(struct import *import, const char *path, const char *expected);
/* ---- snapshot_files.c, snapshot.c ---- */
bool read_snapshot_path(struct import *import, const char *path); /* a file, or a folder of them */
bool take_snapshot(struct import *import, struct jtree *tree);    /* takes the tree, unless it is none */
bool is_snapshot(const struct jtree *content);
const struct jtree *snapshot_content(const struct jtree *tree); /* of a recorded answer: what was answered */
void read_snapshots(struct import *import);
/* Are the values of a plan's resource of the types that they have there?  False after an error. */
bool check_values(struct import *import, const struct resource *resource);
/* `resource` has its parts and values. */
uint32_t add_resource(struct import *import, const char *address, const char *type, struct resource *resource);
bool read_references(struct import *import); /* fills block->waits */
void make_objects(struct import *import);
bool order_operations(struct import *import);
void make_steps(struct import *import);

/* ---- worlds.c ---- */

void find_worlds(struct import *import);
bool same_world(uint32_t one, uint32_t other);

/* ---- graph.c ---- */

/* Is operation `one` always done before `other` begins?  NONE never is. */
bool comes_before(const struct import *import, uint32_t one, uint32_t other);

/* ---- positions.c ---- */

/* In the file that is being read. */
void place_resource(struct import *import, const char *name, uint32_t line, uint32_t column);
void place_json_resources(struct import *import, const char *text);           /* of a template in well-formed JSON */
struct span place_of(struct import *import, uint32_t file, const char *name); /* line 0 if it is not known */
/* FILE:LINE:COLUMN, or NULL. */
const char *place_text(struct import *import, uint32_t file, const char *name);
/* ---- apply_graph.c: the output of `terraform graph`; all but the first two and has_exact_order() need one ---- */

bool read_apply_graph(struct import *import, const char *path);
void free_apply_graph(struct apply_graph *graph); /* NULL is fine */
/* Which node is which block or operation; false, if graph and plan are not of one plan. */
bool match_apply_graph(struct import *import);
/* The blocks that `block`, or a local of its module, refers to; `direct`: not through another block. */
void blocks_behind(struct import *import, uint32_t block, const char *local, bool direct, id_list *list);
/* The only instance of a block that a resource waits for; NONE if there are others, or the graph has no instances. */
uint32_t only_instance_behind(struct import *import, uint32_t resource, uint32_t block);
bool has_exact_order(const struct import *import);
size_t apply_graph_count(const struct import *import);                  /* of nodes */
uint32_t operation_of_node(const struct import *import, uint32_t node); /* NONE for most */
void waits_of_node(const struct import *import, uint32_t node, const uint32_t **list, size_t *count);
void node_in_circle(struct import *import, uint32_t node); /* says so */

/* ---- references.c ---- */

/* The resource that an attribute of `resource` means: by the id it has, or (unknown) by its expression.  `path` is
 * "subnet_id", or "network_interface.0.network_interface_id".  NONE, if there is none or it is not to be found; in
 * the latter case with a note.  `wanted` is the kind of resource that can stand there; others are led on from. */
struct target {
    uint32_t resource; /* or NONE */
    const char *id;    /* the value, if it is known */
    const char *rest;  /* of the reference: ".default_security_group_id" */
    bool hidden;       /* there is something, and we cannot see what; NONE otherwise means that there is nothing */
};
typedef VEC(struct target) target_list;
struct target find_target(struct import *import, uint32_t resource, const char *path, enum resource_kind wanted);
/* The same for a set: security groups. */
void find_targets(struct import *import, uint32_t resource, const char *path, enum resource_kind wanted,
                  target_list *list);
/* Does the configuration say what the value is, so that it is known after the apply only? */
bool is_decided_later(const struct import *import, uint32_t resource, const char *path);
/* Follows the links that no object needs: what is hidden is to be known before operations are put in order. */
void find_all_targets(struct import *import);
/* The resource that has this id now; NONE if there is none. */
uint32_t resource_of_id(const struct import *import, const char *id);

/* ---- values ---- */

/* The value at a path of names and numbers, or NULL. */
const struct jtree *value_at(const struct jtree *value, const char *path);
bool is_same(const struct jtree *one, const struct jtree *other); /* none and null are alike */
const char *text_at(const struct jtree *value, const char *path); /* NULL for none and for the empty text */
bool truth_at(const struct jtree *value, const char *path, bool otherwise);
bool any_unknown(const struct jtree *unknown); /* is something true in it? */
int64_t number_at(const struct jtree *value, const char *path, int64_t otherwise);

#endif
