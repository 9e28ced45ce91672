/* import/dot.h -- a directed graph in the DOT language (https://graphviz.org/doc/info/lang.html), as `terraform graph`
 * writes it.
 *
 * Nodes, edges and subgraphs are read, attributes are passed over.  An edge goes between two nodes. */
#ifndef IMPORT_DOT_H
#define IMPORT_DOT_H

#include <stdbool.h>

#include "base/diag.h"
#include "import/name_map.h"

struct dot_node {
    const char *name; /* without quotes, \" and \\ undone */
    struct span span; /* where it stands first */
    VEC(uint32_t) to; /* the nodes that its edges lead to */
};

struct dot {
    struct arena arena;
    VEC(struct dot_node) nodes; /* as they come in the text */
    struct name_map by_name;
};

/* `text` ends with a NUL character.  False after an error at its position in `file`; dot_clear() is to be called in any
 * case. */
bool dot_read(struct dot *dot, struct diags *diags, uint32_t file, const char *text);
void dot_clear(struct dot *dot);

#endif
