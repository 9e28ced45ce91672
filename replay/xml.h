/* replay/xml.h -- an answer's XML as a tree of elements; the one door of expat.
 *
 * Lenient about what an answer may look like: names are taken without prefix and namespace, comments and processing
 * instructions are passed over.  Strict about what it may cost: bytes, elements and depth have limits, and a document
 * type declaration, hence every entity of its own, is refused. */
#ifndef REPLAY_XML_H
#define REPLAY_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

#define XML_MOST_DEPTH 64
#define XML_MOST_ELEMENTS 200000u

struct xml {
    const char *name, *text; /* the text is that of this element alone, without blanks at its ends; never NULL */
    struct xml *first, *next;
};

/* The root, in the arena.  NULL: `problem` says why it is no such document. */
struct xml *xml_read(const char *text, size_t bytes, struct arena *arena, char *problem, size_t problem_bytes);
const struct xml *xml_child(const struct xml *element, const char *name); /* the first, or NULL */

#endif
