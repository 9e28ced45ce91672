/* Texts of a plan are anybody's: names and addresses must not leave the place where they are written. */
#include <string.h>

#include "findings/report_format.h"

static bool is_control(char c) { return (unsigned char)c < ' ' || c == 127; }

/* Terminals obey U+0080 to U+009F, too (ECMA-48, 5.3). */
static bool is_long_control(const char *text) {
    return (unsigned char)text[0] == 0xC2 && (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] < 0xA0;
}

void escape_text(const char *text, FILE *out) {
    for (; *text != '\0'; text++) {
        bool is_long = is_long_control(text);
        fputc(is_long || is_control(*text) ? '?' : *text, out);
        text += is_long;
    }
}

/* XML 1.0 has no way to write control characters, U+FFFE and U+FFFF (section 2.2). */
void escape_xml(const char *text, FILE *out) {
    static const char replacement[] = "\xEF\xBF\xBD";
    for (; *text != '\0'; text++)
        switch (*text) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\t':
        case '\n':
        case '\r': /* as it is, a parser would make it a blank in an attribute */
            fprintf(out, "&#%d;", *text);
            break;
        default:
            if (strncmp(text, "\xEF\xBF\xBE", 3) == 0 || strncmp(text, "\xEF\xBF\xBF", 3) == 0) {
                fputs(replacement, out);
                text += 2;
            } else if (is_control(*text) && *text != 127) {
                fputs(replacement, out);
            } else {
                fputc(*text, out);
            }
        }
}

void escape_markdown(const char *text, FILE *out) {
    for (; *text != '\0'; text++)
        if (is_control(*text))
            fputc(' ', out);
        else if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '>')
            fputs("&gt;", out);
        else if (*text == '&')
            fputs("&amp;", out);
        else if (*text == '@')
            fputs("&#64;", out); /* nobody is called by a name in a plan */
        else
            fprintf(out, strchr("\\`*_[]|~#!", *text) != NULL ? "\\%c" : "%c", *text);
}

/* As the runner takes it back: %25 %0D %0A, and in properties %3A %2C. */
void escape_command(const char *text, bool is_property, FILE *out) {
    for (; *text != '\0'; text++)
        if (*text == '%' || *text == '\r' || *text == '\n' || (is_property && (*text == ':' || *text == ',')))
            fprintf(out, "%%%02X", (unsigned char)*text);
        else
            fputc(is_control(*text) ? '?' : *text, out);
}

char *escape_uri(const char *path, struct arena *arena) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    const char *scheme = *path == '/' ? "file://" : "";
    char *uri = arena_alloc(arena, strlen(scheme) + 3 * strlen(path) + 1), *at = uri + strlen(scheme);
    memcpy(uri, scheme, strlen(scheme));
    for (; *path != '\0'; path++)
        if (strchr(plain, *path) != NULL)
            *at++ = *path;
        else
            at += sprintf(at, "%%%02X", (unsigned char)*path);
    return uri;
}
