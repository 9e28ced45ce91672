/* YAML with tags, by libyaml's events.  Every scalar stays a text; the service has no aliases, so neither have we. */
#include <string.h>
#include <yaml.h>

#include "import/cloudformation.h"

#define MOST_DEPTH 100
#define MOST_NODES 400000

struct tagged {
    struct import *import;
    yaml_parser_t parser;
    size_t nodes;
    bool in_resources; /* of the template's sections */
};

static struct jtree *complain(struct tagged *reader, enum diag_code code, yaml_mark_t mark, const char *problem) {
    struct span span = {reader->import->file, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1, 1};
    diag_error(reader->import->diags, span, code, "%s", problem);
    return NULL;
}

static bool next_event(struct tagged *reader, yaml_event_t *event) {
    if (yaml_parser_parse(&reader->parser, event))
        return true;
    bool encoding = reader->parser.error == YAML_READER_ERROR;
    complain(reader, encoding ? DIAG_ENCODING : DIAG_YAML, encoding ? reader->parser.mark : reader->parser.problem_mark,
             reader->parser.problem == NULL ? "not well-formed YAML" : reader->parser.problem);
    return false;
}

static const char *tag_of(const yaml_event_t *event) {
    const yaml_char_t *tag = event->type == YAML_SCALAR_EVENT           ? event->data.scalar.tag
                             : event->type == YAML_SEQUENCE_START_EVENT ? event->data.sequence_start.tag
                                                                        : event->data.mapping_start.tag;
    const char *text = (const char *)tag; /* tag:yaml.org,2002:str and its like say nothing new */
    return text != NULL && text[0] == '!' && text[1] != '\0' ? text + 1 : NULL;
}

/* Takes `value`: the short form !NAME as the long one. */
static struct jtree *long_form(struct tagged *reader, const char *name, struct jtree *value) {
    struct arena *arena = &reader->import->arena;
    struct jtree *object = jtree_object();
    const char *text = jtree_string(value), *dot = text == NULL ? NULL : strchr(text, '.');
    if (strcmp(name, "GetAtt") == 0 && dot != NULL) {
        struct jtree *pair = jtree_list();
        jtree_add(pair, jtree_text(arena_text(arena, text, (size_t)(dot - text))));
        jtree_add(pair, jtree_text(arena_text(arena, dot + 1, strlen(dot + 1))));
        jtree_free(value);
        value = pair;
    }
    bool bare = strcmp(name, "Ref") == 0 || strcmp(name, "Condition") == 0;
    jtree_put(object, bare ? name : arena_format(arena, "Fn::%s", name), value);
    return object;
}

static struct jtree *read_node(struct tagged *reader, const yaml_event_t *event, unsigned depth);

static struct jtree *read_mapping(struct tagged *reader, unsigned depth) {
    struct jtree *object = jtree_object();
    for (;;) {
        yaml_event_t event;
        if (!next_event(reader, &event))
            break;
        bool ends = event.type == YAML_MAPPING_END_EVENT;
        char *key = NULL;
        if (!ends && event.type != YAML_SCALAR_EVENT)
            complain(reader, DIAG_WRONG_SHAPE, event.start_mark, "a key must be a text");
        else if (!ends && strlen((const char *)event.data.scalar.value) != event.data.scalar.length)
            complain(reader, DIAG_YAML, event.start_mark, "a text contains the character U+0000");
        else if (!ends && jtree_get(object, (const char *)event.data.scalar.value) != NULL)
            complain(reader, DIAG_DUPLICATE_KEY, event.start_mark,
                     arena_format(&reader->import->arena, "the key '%.60s' appears twice", event.data.scalar.value));
        else if (!ends)
            key = arena_text(&reader->import->arena, (const char *)event.data.scalar.value, event.data.scalar.length);
        if (key != NULL && depth == 0)
            reader->in_resources = strcmp(key, "Resources") == 0;
        else if (key != NULL && depth == 1 && reader->in_resources)
            place_resource(reader->import, key, (uint32_t)event.start_mark.line + 1,
                           (uint32_t)event.start_mark.column + 1);
        yaml_event_delete(&event);
        if (ends)
            return object;
        if (key == NULL || !next_event(reader, &event))
            break;
        struct jtree *value = read_node(reader, &event, depth + 1);
        yaml_event_delete(&event);
        if (value == NULL)
            break;
        jtree_put(object, key, value);
    }
    jtree_free(object);
    return NULL;
}

static struct jtree *read_sequence(struct tagged *reader, unsigned depth) {
    struct jtree *list = jtree_list();
    yaml_event_t event;
    while (next_event(reader, &event)) {
        bool ends = event.type == YAML_SEQUENCE_END_EVENT;
        struct jtree *value = ends ? NULL : read_node(reader, &event, depth + 1);
        yaml_event_delete(&event);
        if (ends)
            return list;
        if (value == NULL)
            break;
        jtree_add(list, value);
    }
    jtree_free(list);
    return NULL;
}

static struct jtree *read_node(struct tagged *reader, const yaml_event_t *event, unsigned depth) {
    if (depth > MOST_DEPTH)
        return complain(reader, DIAG_TOO_LARGE, event->start_mark, "nested more than 100 levels deep");
    if (++reader->nodes > MOST_NODES)
        return complain(reader, DIAG_TOO_LARGE, event->start_mark, "more than 400000 YAML nodes");
    struct jtree *value = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        const char *text = (const char *)event->data.scalar.value;
        if (strlen(text) != event->data.scalar.length)
            return complain(reader, DIAG_YAML, event->start_mark, "a text contains the character U+0000");
        bool empty = *text == '\0' && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        value = empty ? jtree_null() : jtree_text(text);
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        value = read_sequence(reader, depth);
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        value = read_mapping(reader, depth);
    } else {
        return complain(reader, DIAG_YAML, event->start_mark, "aliases (*name) are not supported in templates");
    }
    const char *tag = value == NULL ? NULL : tag_of(event);
    return tag == NULL ? value : long_form(reader, tag, value);
}

struct jtree *cloudformation_yaml(struct import *import, const char *text, size_t bytes) {
    struct tagged reader = {.import = import};
    if (!yaml_parser_initialize(&reader.parser)) {
        out_of_memory(sizeof reader.parser);
        return NULL;
    }
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, bytes);
    struct jtree *root = NULL;
    yaml_event_t event;
    for (bool going = true; going && next_event(&reader, &event);) {
        bool content = event.type == YAML_SCALAR_EVENT || event.type == YAML_SEQUENCE_START_EVENT ||
                       event.type == YAML_MAPPING_START_EVENT || event.type == YAML_ALIAS_EVENT;
        if (content && root != NULL)
            complain(&reader, DIAG_YAML, event.start_mark, "a second document; expected one per file");
        else if (content)
            root = read_node(&reader, &event, 0);
        going = event.type != YAML_STREAM_END_EVENT && !(content && (root == NULL || diags_failed(import->diags)));
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&reader.parser);
    if (root != NULL && diags_failed(import->diags)) {
        jtree_free(root);
        root = NULL;
    }
    return root;
}
