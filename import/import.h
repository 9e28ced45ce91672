/* import/import.h -- foreign formats become specs: what exists, what is called in which order, what is asked.
 *
 *     terraform_plan.c   plan JSON -> resources: one instance of a block each, with its values before and after
 *     terraform_types.c  what such values cannot be
 *     cloudformation*.c  template, YAML or JSON -> the same: parameters, conditions and functions are carried out
 *     snapshot*.c        describe-... JSON -> resources that the plan does not change
 *     references.c       which resource an expression means, through variables, outputs and modules
 *     apply_graph.c      the output of `terraform graph`, if it is there (dot.c reads the language)
 *     worlds.c           which resources are of one region and account
 *     waits.c            which blocks a block waits for
 *     graph.c            which operation waits for which (that graph, or Terraform's own rules)
 *     inventory.c        resources -> objects of the EC2 rulebook, and what they are at first (objects.c, places.c)
 *     elastic_ips.c      the same for Elastic IPs and NAT gateways
 *     cidr.c             CIDR blocks of VPCs and subnets
 *     launches.c         what a launch says of its interfaces, also in a launch template
 *     balancers.c        the same for load balancers, and their calls
 *     observations.c     findings that need no search
 *     calls*.c           operations -> steps: API calls and what the provider waits for
 *     emit*.c            all of it as a spec in YAML
 *
 * What cannot be known is named once, in the notes; nothing is made up to fill the gap. */
#ifndef IMPORT_IMPORT_H
#define IMPORT_IMPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/diag.h"

/* Is the file for the functions below: JSON, or a template in YAML?  A spec is not. */
bool import_accepts(const char *path);

struct import; /* opaque; import_free() frees everything */

/* What to read.  All is lent for the call. */
struct import_inputs {
    /* The output of `terraform show -json PLANFILE`, or a CloudFormation template, one of them at most; the output of
     * `aws cloudformation describe-change-set`; any number of outputs of `aws ec2 describe-...`, one call per file: the
     * account as it is. */
    const char *const *paths;
    size_t count;
    const char *parameters;          /* values for those of the template, or NULL */
    const char *previous;            /* the template of the stack as it is: an update; or NULL */
    const char *previous_parameters; /* NULL: as `parameters` */
    bool deletion;                   /* of the template's stack */
    uint32_t turned;                 /* a set: which open questions of its conditions are answered the other way */
    const char *const *snapshots;    /* more of those outputs: files, or folders of files */
    size_t snapshot_count;
    const char *graph; /* the output of `terraform graph` for the same plan, or NULL */
};

/* `library` is the folder of the bundled specs, whose list of instance types is looked at.  NULL after errors, which
 * are in `diags`. */
struct import *import_files(const struct import_inputs *inputs, const char *library, struct diags *diags);
void import_free(struct import *import);

/* What the reader of an answer should know: links that could not be found, resources passed over, assumptions. */
size_t import_note_count(const struct import *import);
const char *import_note(const struct import *import, size_t index); /* until import_free() */

/* What is wrong whatever the order is, although no call fails. */
struct import_observation {
    const char *finding, *resource, *text; /* DNS-3; aws_route53_record.x; one sentence */
    const char *at;                        /* FILE:LINE:COLUMN, or NULL */
};
size_t import_observation_count(const struct import *import);
const struct import_observation *import_observation(const struct import *import,
                                                    size_t index); /* until import_free() */

/* Is it a template, not a plan? */
bool import_is_stack(const struct import *import);

/* Why calls, waits and their order may be missing that the input should show; NULL: it is whole. */
const char *import_gap(const struct import *import);

/* On what a refusal with this error code rests that nobody said: "unless the quota ... was raised"; NULL: on nothing.
 * `resource`: whose call it is, as the input calls it; or NULL. */
const char *import_doubt(const struct import *import, const char *code, const char *resource);

/* What the input calls an object of the spec ("aws_network_interface.x"); NULL: as the spec does. */
const char *import_object_words(const struct import *import, const char *name);

/* What a template's conditions ask and no value answers: each has the answer that a note tells, or the other one. */
size_t import_open_count(const struct import *import);

/* The spec, a text for rulebook_read(). */
void import_write(const struct import *import, FILE *out);

#endif
