/* model/yaml.h -- a YAML file as a tree with positions.
 *
 * The subset: mappings with text keys, lists, texts.  Anchors, aliases, tags and further documents
 * are refused, so the tree is never larger than the file.  Everything a text may be (a number, a
 * flag) is decided by whoever reads the tree. */
#ifndef MODEL_YAML_H
#define MODEL_YAML_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/intern.h"

enum yaml_kind { YAML_TEXT, YAML_LIST, YAML_MAP };

struct yaml {
    enum yaml_kind kind;
    struct span span;    /* of the whole text, or of the first character of a list or mapping */
    const char *text;    /* YAML_TEXT: interned; else NULL */
    bool quoted;         /* YAML_TEXT: written in quotes */
    size_t offset;       /* YAML_TEXT: where its notation starts in the file, in bytes */
    size_t count;        /* of list items or mapping entries */
    struct yaml **keys;  /* YAML_MAP: texts */
    struct yaml **items; /* YAML_LIST: items; YAML_MAP: values */
};

/* Parses one file already added to `diags`.  NULL after an error.  An empty file is an empty mapping. */
struct yaml *yaml_parse(uint32_t file, struct arena *arena, struct intern *intern, struct diags *diags);

/* The value under `key`, or NULL. */
struct yaml *yaml_get(const struct yaml *map, const char *key);

/* The span of `length` bytes of a text from byte `start` on, for messages about a part of it. */
struct span yaml_part(const struct yaml *text, size_t start, size_t length, const struct diags *diags);

#endif
