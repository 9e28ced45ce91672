/* import/calls.h -- what the resources of the provider do, call by call. */
#ifndef IMPORT_CALLS_H
#define IMPORT_CALLS_H

#include "import/objects.h"

/* The operation whose steps are being made. */
struct maker {
    struct import *import;
    uint32_t id, operation;
    const char *verb; /* create, update, delete */
};

/* `what`: which of several calls this is, or NULL.  `until`: what the provider waits for, `retry`: the error code on
 * which it calls again; each or NULL. */
void add_step(struct maker *maker, const char *what, const char *call, const char *until, const char *retry);
/* An answer to the last step that the provider takes for success. */
void ignore_answer(struct maker *maker, const char *code);
/* What the step of the last call wants to last, if that is not what its call says. */
void establish(struct maker *maker, const char *condition);
/* The last step leaves an address of this subnet to the service. */
void leave_address(struct maker *maker, uint32_t subnet, const char *choice);
const char *text_of(struct maker *maker, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *set_of(struct import *import, const id_list *ids); /* "{a, b}" */

/* Did an attribute change, or may it have? */
bool is_changed(const struct import *import, const struct resource *resource, const char *path);

/* Will an earlier operation have ended this attachment, or this association, when `operation` begins? */
bool attachment_ends_before(struct import *import, uint32_t interface, uint32_t operation);
bool association_ends_before(struct import *import, uint32_t eip, uint32_t operation);

/* IPv6 addresses and prefixes of an interface; `before`: NULL for one that is made. */
void further_calls(struct maker *maker, uint32_t interface, const struct jtree *before, const struct jtree *after);
void interface_calls(struct maker *maker, bool is_destroy);
void attachment_calls(struct maker *maker, bool is_destroy);
void group_attachment_calls(struct maker *maker, bool is_destroy);
void instance_calls(struct maker *maker, bool is_destroy);
void eip_calls(struct maker *maker, bool is_destroy);
void association_calls(struct maker *maker, bool is_destroy);
void nat_calls(struct maker *maker, bool is_destroy);
void nat_association_calls(struct maker *maker, bool is_destroy);
void balancer_calls(struct maker *maker, bool is_destroy); /* balancers.c */
void create_vpc(struct maker *maker, uint32_t vpc);
void create_subnet(struct maker *maker, uint32_t subnet);
/* Further CIDR blocks of VPCs. */
void cidr_block_calls(struct maker *maker, bool is_destroy);
/* VPCs, subnets, groups, gateways. */
void network_calls(struct maker *maker, bool is_destroy);

/* Names what was passed over and may matter. */
void name_the_rest(struct import *import);

#endif
