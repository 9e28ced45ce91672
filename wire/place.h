/* wire/place.h -- addresses and names that somebody must choose before there is a network.
 *
 * A rulebook knows an address by its subnet and its offset there.  Here each VPC and subnet gets a block: the one
 * that its `first_block` tells; where the names of a subnet's addresses are dotted quads, the block that they mean;
 * otherwise the first free one. */
#ifndef WIRE_PLACE_H
#define WIRE_PLACE_H

#include "wire/wire.h"

struct wire_places; /* opaque; lives as long as the rulebook */

/* `profile` as in struct wire_names. */
struct wire_places *wire_places_new(const struct wire *wire, struct evaluator *evaluator);
/* The text of an id with a `form`, until the next move; NULL for others. */
const char *wire_place_text(struct wire_places *places, const struct wire_id *id, uint32_t object);
/* An id of the right shape that names nothing; the same for the same object. */
const char *wire_place_unknown(struct wire_places *places, const struct wire_id *id, uint32_t object);

/* The subnet got this block instead ("10.1.2.0/24").  False: no such block. */
bool wire_place_move(struct wire_places *places, const struct wire_kind *kind, uint32_t object, const char *cidr);
/* "10.1.2.0/24" -> its first address and its size.  False: it is none. */
bool wire_place_block(const char *text, uint32_t *base, uint32_t *size);

#endif
