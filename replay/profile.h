/* replay/profile.h -- what an implementation offers, how fast things happen there, how runs are kept apart.
 *
 * Data outside the suite: specs/ec2/profiles/; specs/README.md, section "Profiles", names the entries. */
#ifndef REPLAY_PROFILE_H
#define REPLAY_PROFILE_H

#include "base/diag.h"
#include "base/vec.h"
#include "model/yaml.h"

typedef VEC(const char *) profile_texts;

struct profile {
    struct arena arena;
    struct intern intern;
    const char *title;
    const struct yaml *account;      /* region, image, …: in place of the mapping's; or NULL */
    profile_texts has, lacks, types; /* types: of instances; empty: all of them */
    double poll_s, settle_s, request_s;
    bool is_eventual; /* what a call has done may be seen a little later */
    bool reuses;      /* a fixture in which nothing has changed serves the next vector, too */
    bool no_keepalive;
    const char *account_header, *key; /* {worker} in them stands for its number; or NULL */
};

/* NULL `path`: the defaults.  False after errors. */
bool profile_read(struct profile *profile, const char *path, struct diags *diags);
void profile_clear(struct profile *profile);

/* The value of an account's attribute, or NULL. */
const char *profile_account(const struct profile *profile, const char *key);
/* Does the implementation offer the feature?  Most it offers unless the profile says otherwise; small limits, quotas
 * and transitions that wait to be seen it does not, unless the profile says so. */
bool profile_offers(const struct profile *profile, const char *feature);

#endif
