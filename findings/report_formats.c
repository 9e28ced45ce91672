#include "findings/report_format.h"

#include <string.h>

extern const struct report_format as_json, as_sarif, as_junit, as_github, as_markdown;

const struct report_format *const report_formats[] = {&as_text,   &as_json,     &as_sarif, &as_junit,
                                                      &as_github, &as_markdown, NULL};

const struct report_format *report_format_find(const char *name) {
    for (size_t i = 0; report_formats[i] != NULL; i++)
        if (strcmp(report_formats[i]->name, name) == 0)
            return report_formats[i];
    return NULL;
}
