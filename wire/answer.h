/* wire/answer.h -- an answer of the Query protocol as XML. */
#ifndef WIRE_ANSWER_H
#define WIRE_ANSWER_H

#include "wire/wire.h"

typedef VEC(char) wire_text; /* without a final NUL */

/* A value of this type; of a structure what is not text, number, flag, structure or list is left out. */
void wire_answer_value_xml(const struct wire_type *type, const struct jtree *value, wire_text *out);

/* What stands around the members of an answer. */
void wire_answer_begin(const struct wire *wire, const struct wire_operation *operation, const char *request_id,
                       wire_text *out);
void wire_answer_end(const struct wire_operation *operation, wire_text *out);

void wire_answer_error(const char *code, const char *message, const char *request_id, wire_text *out);

/* Text as it is, and "<name>" or "</name>". */
void wire_text_put(wire_text *out, const char *text);
void wire_text_bytes(wire_text *out, const char *text, size_t bytes);
void wire_text_tag(wire_text *out, const char *before, const char *name);

#endif
