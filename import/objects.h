/* import/objects.h -- the objects of the rulebook that an import has, and how to find them. */
#ifndef IMPORT_OBJECTS_H
#define IMPORT_OBJECTS_H

#include "import/shapes.h"

/* Lent until the next object is made. */
struct ec2_object *object_at(struct import *import, uint32_t id);
/* The name gets a number behind it if it is taken. */
uint32_t object_new(struct import *import, enum object_kind kind, const char *name, bool exists);
/* The object for the id of something that the plan does not manage; made when it is asked for first. */
uint32_t external_object(struct import *import, enum object_kind kind, const char *id);
void external_known(struct import *import, enum object_kind kind, const char *id, uint32_t object);

/* The object that an attribute means, NONE if there is none.  `before`: what it means now; otherwise what it will mean.
 */
uint32_t linked(struct import *import, uint32_t resource, const char *path, enum object_kind kind, bool before);
/* The objects of a set of groups; duplicates once. */
void linked_groups(struct import *import, uint32_t resource, const char *path, bool before, id_list *list);
/* The same for a set of another kind. */
void linked_set(struct import *import, uint32_t resource, const char *path, enum object_kind kind, bool before,
                id_list *list);
/* Is there something at the path that could not be followed? */
bool is_hidden(struct import *import, uint32_t resource, const char *path, enum object_kind kind);

/* The address with this text becomes one of an interface, if nothing has it; none: the interface gets some primary one.
 */
void hold_address(struct import *import, uint32_t interface, const char *text, bool primary);
void hold_some_address(struct import *import, uint32_t interface);
/* What is in no subnet that we know gets one of its own. */
void need_subnet(struct import *import, uint32_t object);

/* ---- launches.c ---- */

/* An existing interface that a launch takes: an item of a block of the instance, or of its launch template. */
struct launch_item {
    uint32_t resource;          /* the one that says it */
    const char *path;           /* of the interface's id there */
    const struct jtree *values; /* of the item */
    int64_t device, card;
};
typedef VEC(struct launch_item) launch_item_list;
void launch_items(struct import *import, uint32_t instance, bool before, launch_item_list *list);
/* Where a launch says what its own interface is to be: paths of a resource. */
struct launch_source {
    uint32_t resource;
    const char *subnet, *address, *others, *groups;
};
struct launch_source launch_source(struct import *import, uint32_t instance);
uint32_t launch_template(struct import *import, uint32_t instance); /* or NONE */

/* ---- elastic_ips.c ---- */

/* As it is (`before`) or as it is to be; what they are on has its place already. */
void place_nat(struct import *import, uint32_t resource, uint32_t object, bool before);
void place_eip(struct import *import, uint32_t resource, uint32_t object, bool before);

/* ---- balancers.c ---- */

/* The load balancer of a resource, as it is (`before`) or as it is to be: an object for each of its subnets. */
void place_balancer(struct import *import, uint32_t resource, uint32_t object, bool before);
/* Is it an interface of this load balancer? */
bool is_of_balancer(const struct import *import, uint32_t interface, uint32_t balancer);
/* Subnets of a load balancer whose zones nobody knows are in different ones. */
void spread_balancers(struct import *import);

uint32_t default_group(struct import *import, uint32_t vpc);
/* "10.0.1.4"; false: it is none. */
bool read_ipv4(const char *text, uint32_t *value);
uint32_t zone_object(struct import *import, const char *name);
/* The address with this text as one of a subnet; `asked`: a call names it. */
uint32_t address_object(struct import *import, uint32_t subnet, const char *text, bool asked);
/* An IPv6 address, or a prefix of either kind, as one of a subnet; NONE if it is none. */
uint32_t further_object(struct import *import, enum object_kind kind, uint32_t subnet, const char *text);
/* A block of a subnet in which nothing has a name yet; NONE if there is none. */
uint32_t free_prefix(struct import *import, uint32_t subnet);
/* ---- cidr.c ---- */
/* What EC2 refuses of a CIDR block as such, in the words of specs/ec2/vpcs.yaml; NULL: nothing, and it is this one. */
const char *cidr_form(const char *text, uint32_t *base, uint32_t *prefix_bits);
void need_subnet(struct import *import, uint32_t object); /* inventory.c: one of its own, if none is known */
void place_block(struct import *import, uint32_t object, const char *cidr); /* NULL: not known */
void place_vpc(struct import *import, uint32_t id, uint32_t object, bool before);
void place_further_block(struct import *import, uint32_t id, uint32_t object, bool before);
/* Blocks of VPCs that are there, which a snapshot or a data source lists. */
void take_further_blocks(struct import *import);
void doubt_blocks(struct import *import);
/* ---- places.c ---- */

/* What is of unknown place is where its partner is. */
void agree_on_places(struct import *import);
/* A VPC that was there before is taken to have an internet gateway, if the plan manages none for it. */
void assume_gateways(struct import *import);
/* Groups of one VPC with the same name get the same number. */
void number_names(struct import *import);
/* Gives what is in no VPC or zone that we know one of them. */
void fill_unknown_places(struct import *import);
/* As many addresses more as the service is to pick; a subnet has only so many. */
void add_automatic_addresses(struct import *import);

/* Sets the quotas that are not known and would be too small. */
void assume_quotas(struct import *import);

/* As it stands in an expression: in quotes if it needs them. */
const char *name_of(struct import *import, uint32_t object);
/* A resource address as a name: letters, digits and _. */
const char *plain_name(struct import *import, const char *address);
void add_id(id_list *list, uint32_t id); /* once */

#endif
