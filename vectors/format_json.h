/* vectors/format_json.h -- names of the native format that its manifest needs. */
#ifndef VECTORS_FORMAT_JSON_H
#define VECTORS_FORMAT_JSON_H

#include "vectors/suite.h"

#define FORMAT_NAME "enimc-vectors"
#define FORMAT_VERSION "1.1"

/* "vectors/default.json" */
const char *format_json_path(struct suite *suite);

#endif
