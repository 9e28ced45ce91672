/* findings/report_format.h -- the formats of a report: one record each (as_NAME.c), listed in report_formats.c. */
#ifndef FINDINGS_REPORT_FORMAT_H
#define FINDINGS_REPORT_FORMAT_H

#include "findings/report.h"

struct report_format {
    const char *name, *summary;
    void (*write)(const struct report *report, FILE *out, bool color);
};

extern const struct report_format *const report_formats[]; /* ends with NULL */
extern const struct report_format as_text;
const struct report_format *report_format_find(const char *name);

/* ---- escape.c: a text that anybody may have written, for its place ---- */

void escape_text(const char *text, FILE *out);     /* a terminal: no control characters */
void escape_xml(const char *text, FILE *out);      /* XML and HTML: content and attributes in double quotes */
void escape_markdown(const char *text, FILE *out); /* one line of a paragraph, list item or cell of a table */
/* GitHub's workflow commands: the message, or a property of it */
void escape_command(const char *text, bool is_property, FILE *out);
char *escape_uri(const char *path, struct arena *arena); /* a path as a relative or file: URI */

#endif
