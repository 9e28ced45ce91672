#include "wire/place.h"

#include <arpa/inet.h>
#include <string.h>

struct block {
    uint32_t base, size; /* size 0: none yet */
};

struct text {
    char at[64]; /* "": not made yet */
};

struct wire_places {
    const struct wire *wire;
    struct evaluator *evaluator;
    struct block *vpcs, *subnets, *prefixes;
    struct text **texts; /* by kind: id * objects + object; made when they are asked for */
    int32_t *blank;      /* a state for terms that look at none */
};

/* ---- attributes of the scope ---- */

static int32_t attribute(const struct kind *kind, uint32_t object, const char *name, int32_t otherwise) {
    for (size_t i = 0; kind != NULL && i < kind->fields.count; i++)
        if (kind->fields.at[i]->is_constant && strcmp(kind->fields.at[i]->name, name) == 0)
            return kind->objects.at[object].constants[kind->fields.at[i]->offset];
    return otherwise;
}

static size_t object_count(const struct kind *kind) { return kind == NULL ? 0 : kind->objects.count; }

static bool read_quad(const char *text, uint32_t *address) {
    struct in_addr raw;
    if (inet_pton(AF_INET, text, &raw) != 1)
        return false;
    *address = ntohl(raw.s_addr);
    return true;
}

bool wire_place_block(const char *text, uint32_t *base, uint32_t *size) {
    char quad[20];
    const char *slash = strchr(text, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - text);
    if (length == 0 || length >= sizeof quad || strspn(slash + 1, "0123456789") != strlen(slash + 1) ||
        strlen(slash + 1) - 1u > 1)
        return false;
    memcpy(quad, text, length);
    quad[length] = '\0';
    long bits = strtol(slash + 1, NULL, 10);
    if (bits < 1 || bits > 32 || !read_quad(quad, base))
        return false;
    *size = bits == 32 ? 1 : (uint32_t)1 << (32 - bits);
    return (*base & (*size - 1)) == 0;
}

/* ---- blocks ---- */

static bool overlap(struct block a, struct block b) {
    return a.size != 0 && b.size != 0 && a.base < b.base + b.size && b.base < a.base + a.size;
}

/* The block that the names of the subnet's addresses mean. */
static struct block named_block(const struct rulebook *rulebook, uint32_t subnet, uint32_t size) {
    const struct kind *addresses = rulebook_kind(rulebook, "address");
    struct block block = {0, 0};
    for (uint32_t i = 0; i < object_count(addresses); i++) {
        uint32_t quad, offset = (uint32_t)attribute(addresses, i, "offset", 0);
        if (attribute(addresses, i, "subnet", -1) != (int32_t)subnet)
            continue;
        if (!read_quad(addresses->objects.at[i].name, &quad) || quad < offset ||
            (block.size != 0 && block.base != quad - offset))
            return (struct block){0, 0};
        block = (struct block){quad - offset, size};
    }
    return (block.base & (size - 1)) == 0 ? block : (struct block){0, 0};
}

static uint32_t subnet_size(const struct kind *subnets, uint32_t subnet) {
    uint32_t size = 16, last = (uint32_t)attribute(subnets, subnet, "last_offset", 255);
    while (size <= last && size < 65536)
        size *= 2;
    return size;
}

/* The block that the scope tells with `first_block`; a VPC also tells its last one. */
static struct block told_block(const struct kind *kind, uint32_t object, uint32_t size) {
    int32_t first = attribute(kind, object, "first_block", -1);
    struct block block = {(uint32_t)first * 16, size};
    bool is_block = first >= 0 && size >= 16 && size <= 65536 && (size & (size - 1)) == 0 && block.base % size == 0;
    return is_block ? block : (struct block){0, 0};
}

static uint32_t told_vpc_size(const struct kind *vpcs, uint32_t vpc) {
    int32_t first = attribute(vpcs, vpc, "first_block", -1), last = attribute(vpcs, vpc, "last_block", -1);
    return first < 0 || last < first ? 0 : (uint32_t)(last - first + 1) * 16;
}

static void place_subnets(struct wire_places *places) {
    const struct rulebook *rulebook = places->wire->rulebook;
    const struct kind *subnets = rulebook_kind(rulebook, "subnet"), *vpcs = rulebook_kind(rulebook, "vpc");
    for (uint32_t v = 0; v < object_count(vpcs); v++) /* these may overlap: that is what rules are asked about */
        places->vpcs[v] = told_block(vpcs, v, told_vpc_size(vpcs, v));
    for (uint32_t s = 0; s < object_count(subnets); s++)
        places->subnets[s] = told_block(subnets, s, subnet_size(subnets, s));
    for (uint32_t s = 0; s < object_count(subnets); s++) {
        if (places->subnets[s].size != 0)
            continue;
        struct block block = named_block(rulebook, s, subnet_size(subnets, s));
        int32_t vpc = attribute(subnets, s, "vpc", 0);
        struct block around = {block.base & 0xffff0000u, 65536};
        for (uint32_t k = 0; k < s;
             k++) /* two subnets with one block, or a VPC that begins elsewhere: not these names */
            if (overlap(block, places->subnets[k]))
                block.size = 0;
        if (block.size != 0 && places->vpcs[vpc].size == 0)
            places->vpcs[vpc] = around;
        if (block.size != 0 && places->vpcs[vpc].base == around.base)
            places->subnets[s] = block;
    }
    for (uint32_t v = 0; v < object_count(vpcs); v++)
        for (uint32_t n = 0; places->vpcs[v].size == 0 && n < 4096; n++) {
            struct block block = {(10u << 24) + ((n % 256) << 16), 65536};
            bool taken = false;
            for (uint32_t k = 0; k < object_count(vpcs); k++)
                taken = taken || overlap(block, places->vpcs[k]);
            if (!taken || n >= 256)
                places->vpcs[v] = block;
        }
    for (uint32_t s = 0; s < object_count(subnets); s++) {
        struct block vpc = places->vpcs[attribute(subnets, s, "vpc", 0)];
        uint32_t size = subnet_size(subnets, s);
        uint32_t skipped = size < 256 ? 256 : size;
        for (uint32_t at = skipped < vpc.size ? skipped : 0; places->subnets[s].size == 0 && at < vpc.size;
             at += size) {
            struct block block = {vpc.base + at, size};
            bool taken = false;
            for (uint32_t k = 0; k < object_count(subnets); k++)
                taken = taken || overlap(block, places->subnets[k]);
            if (!taken)
                places->subnets[s] = block;
        }
        if (places->subnets[s].size == 0) /* more than fit: the last resort is unique no more */
            places->subnets[s] = (struct block){vpc.base, size};
    }
}

/* A /28 block lies where its addresses are; one without, where no others are. */
static void place_prefixes(struct wire_places *places) {
    const struct rulebook *rulebook = places->wire->rulebook;
    const struct kind *prefixes = rulebook_kind(rulebook, "prefix"), *addresses = rulebook_kind(rulebook, "address");
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t p = 0; p < object_count(prefixes); p++) {
            int32_t subnet = attribute(prefixes, p, "subnet", 0);
            struct block *block = &places->prefixes[p], network = places->subnets[subnet];
            for (uint32_t a = 0; pass == 0 && a < object_count(addresses); a++)
                if (attribute(addresses, a, "block", -1) == (int32_t)p)
                    *block = (struct block){network.base + ((uint32_t)attribute(addresses, a, "offset", 0) & ~15u), 16};
            for (uint32_t at = 16; pass == 1 && block->size == 0 && at + 16 <= network.size; at += 16) {
                struct block tried = {network.base + at, 16};
                bool taken = at + 16 == network.size;
                for (uint32_t k = 0; k < object_count(prefixes); k++)
                    taken = taken || overlap(tried, places->prefixes[k]);
                for (uint32_t a = 0; a < object_count(addresses); a++)
                    taken = taken || (attribute(addresses, a, "subnet", 0) == subnet &&
                                      ((uint32_t)attribute(addresses, a, "offset", 0) & ~15u) == at);
                if (!taken)
                    *block = tried;
            }
            if (pass == 1 && block->size == 0)
                *block = (struct block){network.base, 16};
        }
}

static size_t text_bytes(const struct wire_kind *kind) {
    return (kind->ids.count * kind->kind->objects.count + 1) * sizeof(struct text);
}

struct wire_places *wire_places_new(const struct wire *wire, struct evaluator *evaluator) {
    struct arena *arena = &wire->rulebook->arena;
    struct wire_places *places = arena_alloc(arena, sizeof *places);
    places->wire = wire;
    places->evaluator = evaluator;
    places->blank = arena_alloc(arena, (wire->rulebook->state_width + 1) * sizeof *places->blank);
    struct block **all[] = {&places->vpcs, &places->subnets, &places->prefixes};
    static const char *const kinds[] = {"vpc", "subnet", "prefix"};
    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        *all[i] = arena_alloc(arena, (object_count(rulebook_kind(wire->rulebook, kinds[i])) + 1) * sizeof **all[i]);
    places->texts = arena_alloc(arena, (wire->kinds.count + 1) * sizeof *places->texts);
    for (size_t k = 0; k < wire->kinds.count; k++)
        places->texts[k] = arena_alloc(arena, text_bytes(wire->kinds.at[k]));
    place_subnets(places);
    place_prefixes(places);
    return places;
}

bool wire_place_move(struct wire_places *places, const struct wire_kind *kind, uint32_t object, const char *cidr) {
    struct block block;
    if (!wire_place_block(cidr, &block.base, &block.size))
        return false;
    bool is_vpc = strcmp(kind->name, "vpc") == 0;
    (is_vpc ? places->vpcs : places->subnets)[object] = block;
    if (!is_vpc)
        memset(places->prefixes, 0,
               object_count(rulebook_kind(places->wire->rulebook, "prefix")) * sizeof *places->prefixes);
    if (!is_vpc)
        place_prefixes(places);
    for (size_t k = 0; k < places->wire->kinds.count; k++)
        memset(places->texts[k], 0, text_bytes(places->wire->kinds.at[k]));
    return true;
}

/* ---- texts ---- */

static void write_quad(struct text *text, uint32_t address, uint32_t size) {
    int bits = 32;
    for (uint32_t at = 1; at < size; at *= 2)
        bits--;
    int length = snprintf(text->at, sizeof text->at, "%u.%u.%u.%u", address >> 24, address >> 16 & 255,
                          address >> 8 & 255, address & 255);
    if (size > 0)
        snprintf(text->at + length, sizeof text->at - (size_t)length, "/%d", bits);
}

static void write_ipv6(struct wire_places *places, struct text *text, const struct kind *kind, uint32_t object,
                       bool is_block) {
    const struct kind *subnets = rulebook_kind(places->wire->rulebook, "subnet");
    if (strcmp(kind->name, "vpc") == 0) {
        snprintf(text->at, sizeof text->at, "2001:db8:%x::/56", object + 1);
        return;
    }
    uint32_t subnet = strcmp(kind->name, "subnet") == 0 ? object : (uint32_t)attribute(kind, object, "subnet", 0);
    unsigned vpc = (unsigned)attribute(subnets, subnet, "vpc", 0) + 1;
    int32_t block = attribute(kind, object, "block", -1);
    if (strcmp(kind->name, "subnet") == 0)
        snprintf(text->at, sizeof text->at, "2001:db8:%x:%x::/64", vpc, subnet);
    else if (is_block)
        snprintf(text->at, sizeof text->at, "2001:db8:%x:%x:%x::/80", vpc, subnet, object + 1);
    else if (block >= 0) /* inside its /80 block */
        snprintf(text->at, sizeof text->at, "2001:db8:%x:%x:%x::%x", vpc, subnet, (unsigned)block + 1, object + 0x10);
    else
        snprintf(text->at, sizeof text->at, "2001:db8:%x:%x::%x", vpc, subnet, object + 0x10);
}

static void write_cidr(struct wire_places *places, struct text *text, const struct kind *kind, uint32_t object) {
    struct block block = strcmp(kind->name, "vpc") == 0      ? places->vpcs[object]
                         : strcmp(kind->name, "subnet") == 0 ? places->subnets[object]
                                                             : places->prefixes[object];
    write_quad(text, block.base, block.size);
}

static void write_zone(struct wire_places *places, struct text *text, uint32_t object) {
    const struct yaml *region = yaml_get(places->wire->profile, "region");
    snprintf(text->at, sizeof text->at, "%.60s%c", region == NULL ? "us-east-1" : region->text,
             (char)('a' + object % 26));
}

/* Objects with the same number, other than 0, have the same name. */
static const char *name_text(struct wire_places *places, struct text *text, const struct wire_id *id, uint32_t object) {
    int32_t number = 0;
    if (id->same != NULL)
        define_values(places->evaluator, id->same, &object, places->blank, &number);
    if (number == 0)
        return id->of->kind->objects.at[object].name;
    snprintf(text->at, sizeof text->at, "name-%u", (unsigned)number);
    return text->at;
}

const char *wire_place_text(struct wire_places *places, const struct wire_id *id, uint32_t object) {
    const struct kind *kind = id->of->kind;
    struct text *text = &places->texts[id->of->index][id->index * kind->objects.count + object];
    if (id->form == NULL)
        return NULL;
    if (text->at[0] != '\0')
        return text->at;
    if (strcmp(id->form, "text") == 0)
        return name_text(places, text, id, object);
    if (strcmp(id->form, "zone") == 0)
        write_zone(places, text, object);
    else if (strcmp(id->form, "public") == 0)
        write_quad(text, (198u << 24) + (51u << 16) + (100u << 8) + 1 + object, 0);
    else if (strcmp(id->form, "ipv4") == 0)
        write_quad(text,
                   places->subnets[attribute(kind, object, "subnet", 0)].base +
                       (uint32_t)attribute(kind, object, "offset", 0),
                   0);
    else if (strcmp(id->form, "cidr4") == 0)
        write_cidr(places, text, kind, object);
    else
        write_ipv6(places, text, kind, object, strcmp(id->form, "cidr6") == 0);
    return text->at;
}

const char *wire_place_unknown(struct wire_places *places, const struct wire_id *id, uint32_t object) {
    char text[80];
    if (id->prefix == NULL)
        return wire_place_text(places, id, object);
    snprintf(text, sizeof text, "%.40s0123456789abcd%03x", id->prefix, object & 0xfff);
    return intern_string(&places->wire->rulebook->intern, text);
}
