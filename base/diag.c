#include "base/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *slug, *help;
} codes[] = {
#define DIAG(name, code, text) {code, text},
#include "base/diag.def"
#undef DIAG
};

static const char *const level_names[] = {"error", "warning", "note"};

uint32_t diags_add_file(struct diags *diags, const char *path, char *text, size_t bytes) {
    struct diag_file file = {arena_text(&diags->arena, path, strlen(path)), text, bytes};
    vec_push(&diags->files, file);
    return (uint32_t)diags->files.count - 1;
}

static bool is_known(const struct diags *diags, enum diag_level level, struct span span, enum diag_code code,
                     const char *message) {
    for (size_t i = 0; i < diags->list.count; i++) {
        const struct diag *old = &diags->list.at[i];
        if (old->level == level && old->code == code && old->span.file == span.file && old->span.line == span.line &&
            old->span.column == span.column && old->span.length == span.length && strcmp(old->message, message) == 0)
            return true;
    }
    return false;
}

static void add(struct diags *diags, enum diag_level level, struct span span, enum diag_code code, const char *format,
                va_list args) {
    if (level == DIAG_ERROR)
        diags->error_count++;
    if (diags->error_count > LIMIT_ERRORS)
        return;
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    char *message = arena_alloc(&diags->arena, (size_t)length + 1);
    vsnprintf(message, (size_t)length + 1, format, again);
    va_end(again);
    if (level != DIAG_NOTE)
        diags->is_repeated = is_known(diags, level, span, code, message);
    if (diags->is_repeated && level == DIAG_ERROR)
        diags->error_count--;
    if (!diags->is_repeated)
        vec_push(&diags->list, ((struct diag){level, code, span, message}));
}

void diag_error(struct diags *diags, struct span span, enum diag_code code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(diags, DIAG_ERROR, span, code, format, args);
    va_end(args);
}

void diag_warning(struct diags *diags, struct span span, enum diag_code code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(diags, DIAG_WARNING, span, code, format, args);
    va_end(args);
}

void diag_note(struct diags *diags, struct span span, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(diags, DIAG_NOTE, span, DIAG_COUNT, format, args);
    va_end(args);
}

bool diags_failed(const struct diags *diags) { return diags->error_count > 0; }

static const char *find_line(const struct diag_file *file, uint32_t line, size_t *length) {
    const char *at = file->text, *end = file->text + file->bytes;
    while (--line > 0) {
        const char *next = memchr(at, '\n', (size_t)(end - at));
        if (next == NULL)
            return NULL;
        at = next + 1;
    }
    const char *next = memchr(at, '\n', (size_t)(end - at));
    *length = (size_t)((next == NULL ? end : next) - at);
    return at;
}

/* How many characters these bytes of UTF-8 are. */
static size_t characters(const char *text, size_t bytes) {
    size_t count = 0;
    for (size_t i = 0; i < bytes; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

static void print_source(const struct diag_file *file, struct span span, FILE *out) {
    size_t length;
    const char *line = find_line(file, span.line, &length);
    if (line == NULL || span.column == 0 || span.column > length + 1)
        return;
    size_t shown = length < 400 ? length : 400;
    fprintf(out, "%6u | ", span.line);
    for (size_t i = 0; i < shown; i++) /* never send control characters of a file to a terminal */
        fputc((unsigned char)line[i] < ' ' ? ' ' : line[i], out);
    fprintf(out, "\n%6s | ", "");
    if (span.column <= shown + 1) {
        size_t start = span.column - 1, rest = shown - start;
        fprintf(out, "%*s^", (int)characters(line, start), "");
        size_t marked = characters(line + start, span.length < rest ? span.length : rest);
        for (size_t i = 1; i < marked; i++)
            fputc('~', out);
    }
    fputc('\n', out);
}

static void print_one(const struct diags *diags, const struct diag *diag, FILE *out, bool color) {
    static const char *const colors[] = {"\033[1;31m", "\033[1;33m", "\033[1;36m"};
    const struct diag_file *file = diag->span.file < diags->files.count ? &diags->files.at[diag->span.file] : NULL;
    if (file != NULL)
        fprintf(out, "%s:", file->path);
    if (diag->span.line > 0)
        fprintf(out, "%u:%u:", diag->span.line, diag->span.column);
    fprintf(out, "%s%s%s", file != NULL ? " " : "", color ? colors[diag->level] : "", level_names[diag->level]);
    if (diag->level != DIAG_NOTE)
        fprintf(out, "[%s]", codes[diag->code].slug);
    fprintf(out, "%s: ", color ? "\033[0m" : "");
    for (const char *at = diag->message; *at != '\0'; at++)
        fputc((unsigned char)*at < ' ' ? '?' : *at, out);
    fputc('\n', out);
    if (file != NULL && file->text != NULL && diag->span.line > 0)
        print_source(file, diag->span, out);
}

static int compare(const struct diag *one, const struct diag *other) {
    if (one->span.file != other->span.file)
        return one->span.file < other->span.file ? -1 : 1;
    if (one->span.line != other->span.line)
        return one->span.line < other->span.line ? -1 : 1;
    if (one->span.column != other->span.column)
        return one->span.column < other->span.column ? -1 : 1;
    return 0;
}

/* Insertion sort of groups (an error with its notes): lists are short and nearly sorted. */
void diags_print(const struct diags *diags, FILE *out, bool color) {
    VEC(size_t) heads = {0};
    for (size_t i = 0; i < diags->list.count; i++) {
        if (diags->list.at[i].level == DIAG_NOTE && heads.count > 0)
            continue;
        vec_push(&heads, i);
        for (size_t j = heads.count - 1;
             j > 0 && compare(&diags->list.at[heads.at[j]], &diags->list.at[heads.at[j - 1]]) < 0; j--) {
            size_t swap = heads.at[j];
            heads.at[j] = heads.at[j - 1];
            heads.at[j - 1] = swap;
        }
    }
    for (size_t h = 0; h < heads.count; h++) {
        size_t i = heads.at[h];
        do
            print_one(diags, &diags->list.at[i], out, color);
        while (++i < diags->list.count && diags->list.at[i].level == DIAG_NOTE);
    }
    vec_free(&heads);
    if (diags->error_count > LIMIT_ERRORS)
        fprintf(out, "... and %zu more errors\n", diags->error_count - LIMIT_ERRORS);
}

void diags_clear(struct diags *diags) {
    for (size_t i = 0; i < diags->files.count; i++)
        free(diags->files.at[i].text);
    vec_free(&diags->files);
    vec_free(&diags->list);
    arena_clear(&diags->arena);
    diags->error_count = 0;
}

const char *diag_slug(enum diag_code code) { return codes[code].slug; }
const char *diag_help(enum diag_code code) { return codes[code].help; }
