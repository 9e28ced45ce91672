#include "model/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct reader {
    yaml_parser_t parser;
    uint32_t file;
    const char *text;
    size_t bytes;
    VEC(size_t) lines; /* byte offset of each line */
    size_t nodes;
    size_t last_line, last_column, last_offset; /* of byte_offset(), which goes on from there */
    struct arena *arena;
    struct intern *intern;
    struct diags *diags;
};

static struct yaml *read_node(struct reader *reader, yaml_event_t *event, unsigned depth);

static bool continues_character(const struct reader *reader, size_t at) {
    return ((unsigned char)reader->text[at] & 0xC0) == 0x80;
}

/* libyaml counts characters; a span counts bytes.  From one place of a line to the next it is not far, back or forth.
 */
static size_t byte_offset(struct reader *reader, yaml_mark_t mark) {
    if (mark.line >= reader->lines.count)
        return reader->bytes;
    size_t start = reader->lines.at[mark.line], at = start, column = 0;
    if (mark.line == reader->last_line && reader->last_offset > 0) {
        at = reader->last_offset;
        column = reader->last_column;
    }
    for (; column > mark.column && at > start; column--)
        do
            at--;
        while (at > start && continues_character(reader, at));
    for (; column < mark.column && at < reader->bytes; column++)
        do
            at++;
        while (at < reader->bytes && continues_character(reader, at));
    reader->last_line = mark.line;
    reader->last_column = column;
    reader->last_offset = at;
    return at;
}

static struct span span_at(struct reader *reader, yaml_mark_t start, yaml_mark_t end) {
    if (start.line >= reader->lines.count) { /* the end of the file */
        size_t last = reader->lines.count - 1;
        return (struct span){reader->file, (uint32_t)last + 1, (uint32_t)(reader->bytes - reader->lines.at[last]) + 1,
                             1};
    }
    size_t from = byte_offset(reader, start), to = byte_offset(reader, end);
    uint32_t column = (uint32_t)(from - reader->lines.at[start.line]) + 1;
    uint32_t length = start.line == end.line && to > from ? (uint32_t)(to - from) : 1;
    return (struct span){reader->file, (uint32_t)start.line + 1, column, length};
}

static bool next_event(struct reader *reader, yaml_event_t *event) {
    if (yaml_parser_parse(&reader->parser, event))
        return true;
    yaml_parser_t *parser = &reader->parser;
    if (parser->error == YAML_READER_ERROR) {
        /* libyaml tells a byte offset here, or nothing of use: find the line ourselves */
        size_t at = parser->problem_offset < reader->bytes ? parser->problem_offset : reader->bytes, line = 0;
        while (line + 1 < reader->lines.count && reader->lines.at[line + 1] <= at)
            line++;
        struct span span = {reader->file, (uint32_t)line + 1, (uint32_t)(at - reader->lines.at[line]) + 1, 1};
        diag_error(reader->diags, span, DIAG_ENCODING, "%s; expected UTF-8 text", parser->problem);
    } else if (parser->error == YAML_MEMORY_ERROR) {
        out_of_memory(reader->bytes);
    } else {
        struct span span = span_at(reader, parser->problem_mark, parser->problem_mark);
        diag_error(reader->diags, span, DIAG_YAML, "%s%s%s", parser->problem, parser->context != NULL ? " " : "",
                   parser->context != NULL ? parser->context : "");
    }
    return false;
}

static struct yaml *new_node(struct reader *reader, enum yaml_kind kind, const yaml_event_t *event) {
    struct yaml *node = arena_alloc(reader->arena, sizeof *node);
    node->kind = kind;
    node->span = span_at(reader, event->start_mark, event->end_mark);
    node->offset = byte_offset(reader, event->start_mark);
    return node;
}

static struct yaml *read_text(struct reader *reader, const yaml_event_t *event) {
    struct yaml *node = new_node(reader, YAML_TEXT, event);
    if (event->data.scalar.length > LIMIT_SCALAR_BYTES) {
        diag_error(reader->diags, node->span, DIAG_TOO_LARGE, "a text of %zu bytes; at most %u are allowed",
                   event->data.scalar.length, LIMIT_SCALAR_BYTES);
        return NULL;
    }
    if (memchr(event->data.scalar.value, '\0', event->data.scalar.length) != NULL) {
        diag_error(reader->diags, node->span, DIAG_YAML, "a text contains the character U+0000");
        return NULL;
    }
    node->text = intern_text(reader->intern, (const char *)event->data.scalar.value, event->data.scalar.length);
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return node;
}

static int compare_keys(const void *one, const void *other) {
    const struct yaml *a = *(struct yaml *const *)one, *b = *(struct yaml *const *)other;
    int order = strcmp(a->text, b->text);
    return order != 0 ? order : (a->offset > b->offset) - (a->offset < b->offset);
}

static bool check_keys(struct reader *reader, const struct yaml *map) {
    struct yaml **sorted = arena_copy(reader->arena, map->keys, map->count * sizeof *map->keys);
    if (map->count > 1)
        qsort(sorted, map->count, sizeof *sorted, compare_keys);
    bool unique = true;
    for (size_t i = 1; i < map->count; i++)
        if (sorted[i]->text == sorted[i - 1]->text) {
            unique = false;
            diag_error(reader->diags, sorted[i]->span, DIAG_DUPLICATE_KEY, "the key '%.60s' appears twice",
                       sorted[i]->text);
            diag_note(reader->diags, sorted[i - 1]->span, "the first one is here");
        }
    return unique;
}

typedef VEC(struct yaml *) yaml_nodes;

static struct yaml *read_collection(struct reader *reader, const yaml_event_t *start, unsigned depth) {
    bool is_map = start->type == YAML_MAPPING_START_EVENT;
    struct yaml *node = new_node(reader, is_map ? YAML_MAP : YAML_LIST, start);
    node->span.length = 1;
    if (depth >= LIMIT_YAML_DEPTH) {
        diag_error(reader->diags, node->span, DIAG_TOO_LARGE, "nested more than %d levels deep", LIMIT_YAML_DEPTH);
        return NULL;
    }
    yaml_nodes keys = {0}, items = {0};
    bool good = true;
    for (;;) {
        yaml_event_t event;
        if (!next_event(reader, &event)) {
            good = false;
            break;
        }
        bool ends = event.type == YAML_MAPPING_END_EVENT || event.type == YAML_SEQUENCE_END_EVENT;
        struct yaml *child = ends ? NULL : read_node(reader, &event, depth + 1);
        yaml_event_delete(&event);
        if (ends)
            break;
        if (child == NULL) {
            good = false;
            break;
        }
        bool is_key = is_map && keys.count == items.count;
        if (is_key && child->kind != YAML_TEXT) {
            diag_error(reader->diags, child->span, DIAG_WRONG_SHAPE, "a key must be a text");
            good = false;
            break;
        }
        if (is_key)
            vec_push(&keys, child);
        else
            vec_push(&items, child);
    }
    node->count = items.count;
    node->keys = is_map ? arena_copy(reader->arena, keys.at, items.count * sizeof *keys.at) : NULL;
    node->items = arena_copy(reader->arena, items.at, items.count * sizeof *items.at);
    vec_free(&keys);
    vec_free(&items);
    return good && (!is_map || check_keys(reader, node)) ? node : NULL;
}

static struct yaml *read_node(struct reader *reader, yaml_event_t *event, unsigned depth) {
    struct span span = span_at(reader, event->start_mark, event->end_mark);
    if (++reader->nodes > LIMIT_YAML_NODES) {
        diag_error(reader->diags, span, DIAG_TOO_LARGE, "more than %u YAML nodes", LIMIT_YAML_NODES);
        return NULL;
    }
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    } else {
        diag_error(reader->diags, span, DIAG_YAML, "aliases (*name) are not supported; use a definition or 'include'");
        return NULL;
    }
    if (anchor != NULL || tag != NULL) {
        diag_error(reader->diags, span, DIAG_YAML, "%s are not supported; expected plain YAML",
                   anchor != NULL ? "anchors (&name)" : "tags (!name)");
        return NULL;
    }
    return event->type == YAML_SCALAR_EVENT ? read_text(reader, event) : read_collection(reader, event, depth);
}

static struct yaml *read_document(struct reader *reader) {
    struct yaml *root = NULL;
    for (;;) {
        yaml_event_t event;
        if (!next_event(reader, &event))
            return NULL;
        yaml_event_type_t type = event.type;
        struct span span = span_at(reader, event.start_mark, event.end_mark);
        bool content = type == YAML_SCALAR_EVENT || type == YAML_SEQUENCE_START_EVENT ||
                       type == YAML_MAPPING_START_EVENT || type == YAML_ALIAS_EVENT;
        if (content && root != NULL)
            diag_error(reader->diags, span, DIAG_YAML, "a second document; expected one per file");
        struct yaml *node = content && root == NULL ? read_node(reader, &event, 0) : NULL;
        yaml_event_delete(&event);
        if (content && (node == NULL || root != NULL))
            return NULL;
        if (content)
            root = node;
        if (type == YAML_STREAM_END_EVENT)
            break;
    }
    if (root == NULL || (root->kind == YAML_TEXT && root->text[0] == '\0' && !root->quoted)) {
        root = arena_alloc(reader->arena, sizeof *root);
        root->kind = YAML_MAP;
        root->span = (struct span){reader->file, 1, 1, 1};
    }
    return root;
}

struct yaml *yaml_parse(uint32_t file, struct arena *arena, struct intern *intern, struct diags *diags) {
    struct reader reader = {.file = file, .arena = arena, .intern = intern, .diags = diags};
    reader.text = diags->files.at[file].text;
    reader.bytes = diags->files.at[file].bytes;
    vec_push(&reader.lines, 0);
    for (size_t i = 0; i < reader.bytes; i++)
        if (reader.text[i] == '\n')
            vec_push(&reader.lines, i + 1);
    if (!yaml_parser_initialize(&reader.parser)) {
        out_of_memory(sizeof reader.parser);
        return NULL;
    }
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)reader.text, reader.bytes);
    if (reader.bytes < 3 || memcmp(reader.text, "\xEF\xBB\xBF", 3) != 0) /* libyaml skips a byte order mark by itself */
        yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    struct yaml *root = read_document(&reader);
    yaml_parser_delete(&reader.parser);
    vec_free(&reader.lines);
    return root;
}

struct yaml *yaml_get(const struct yaml *map, const char *key) {
    for (size_t i = 0; map != NULL && map->kind == YAML_MAP && i < map->count; i++)
        if (strcmp(map->keys[i]->text, key) == 0)
            return map->items[i];
    return NULL;
}

static bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/* A text may be folded over lines, indented and quoted; its non-blank characters stand in the file in
 * the same order.  So walk both side by side and skip blanks (exact unless the text has escapes). */
struct span yaml_part(const struct yaml *text, size_t start, size_t length, const struct diags *diags) {
    const struct diag_file *file = &diags->files.at[text->span.file];
    size_t at = text->offset, line = text->span.line, line_start = text->offset - (text->span.column - 1);
    char opening = at < file->bytes ? file->text[at] : '\0';
    bool block = text->quoted && (opening == '|' || opening == '>');
    if (block)
        while (at < file->bytes && file->text[at] != '\n')
            at++;
    else if (text->quoted)
        at++;
    for (size_t i = 0; at < file->bytes; i++) {
        if (i < start && (text->text[i] == '\0' || is_blank(text->text[i])))
            continue; /* blanks of the text are skipped with those of the file */
        while (at < file->bytes && is_blank(file->text[at]) && (i < start || !is_blank(text->text[i]))) {
            if (file->text[at] == '\n') {
                line++;
                line_start = at + 1;
            }
            at++;
        }
        if (i >= start)
            break;
        at++;
    }
    return (struct span){text->span.file, (uint32_t)line, (uint32_t)(at - line_start) + 1,
                         length == 0 ? 1 : (uint32_t)length};
}
