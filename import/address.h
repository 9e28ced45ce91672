/* import/address.h -- addresses of Terraform: module.fw["a"].aws_eip.x[0].  Keys may hold dots, brackets and quotes. */
#ifndef IMPORT_ADDRESS_H
#define IMPORT_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct key {
    enum { KEY_NONE, KEY_NUMBER, KEY_TEXT } form;
    int64_t number;
    const char *text;
};
bool key_equal(struct key one, struct key other);

struct address {
    const char *module;      /* instance of a module as it is written: "" or module.fw["a"].module.x */
    const char *module_path; /* the same without keys */
    struct key module_key;   /* of its last part */
    bool is_data;
    const char *type, *name; /* type "var", "local", "each", "count", …: a reference that is no resource */
    struct key key;
    const char *rest; /* what follows: ".id"; "" for nothing */
};

/* False if the text is no address. */
bool address_read(struct arena *arena, const char *text, struct address *address);

/* The module instance around an instance: "" around module.fw["a"]. */
const char *module_around(struct arena *arena, const char *module);

#endif
