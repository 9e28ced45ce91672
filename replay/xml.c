#include "replay/xml.h"

#include <expat.h>
#include <stdio.h>
#include <string.h>

#include "base/vec.h"

struct reader {
    XML_Parser parser;
    struct arena *arena;
    struct xml *root, *open[XML_MOST_DEPTH], *last[XML_MOST_DEPTH]; /* last: the latest child of each */
    VEC(char) text[XML_MOST_DEPTH];
    size_t depth, elements;
    const char *problem;
};

static void refuse(struct reader *reader, const char *problem) {
    if (reader->problem == NULL)
        reader->problem = problem;
    XML_StopParser(reader->parser, XML_FALSE);
}

static void on_start(void *context, const XML_Char *name, const XML_Char **attributes) {
    struct reader *reader = context;
    (void)attributes;
    if (reader->depth == XML_MOST_DEPTH || ++reader->elements > XML_MOST_ELEMENTS) {
        refuse(reader, reader->depth == XML_MOST_DEPTH ? "elements are nested too deeply" : "too many elements");
        return;
    }
    const char *colon = strrchr(name, ':');
    const char *local = colon == NULL ? name : colon + 1;
    struct xml *element = arena_alloc(reader->arena, sizeof *element);
    *element = (struct xml){arena_text(reader->arena, local, strlen(local)), "", NULL, NULL};
    size_t depth = reader->depth++;
    if (depth == 0)
        reader->root = element;
    else if (reader->last[depth - 1] == NULL)
        reader->open[depth - 1]->first = element;
    else
        reader->last[depth - 1]->next = element;
    if (depth > 0)
        reader->last[depth - 1] = element;
    reader->open[depth] = element;
    reader->last[depth] = NULL;
    reader->text[depth].count = 0;
}

static void on_text(void *context, const XML_Char *text, int length) {
    struct reader *reader = context;
    for (int i = 0; i < length && reader->depth > 0; i++)
        vec_push(&reader->text[reader->depth - 1], text[i]);
}

static bool is_blank(char byte) { return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r'; }

static void on_end(void *context, const XML_Char *name) {
    struct reader *reader = context;
    (void)name;
    if (reader->depth == 0)
        return;
    size_t depth = --reader->depth, start = 0, end = reader->text[depth].count;
    const char *text = reader->text[depth].at;
    while (start < end && is_blank(text[start]))
        start++;
    while (end > start && is_blank(text[end - 1]))
        end--;
    if (end > start)
        reader->open[depth]->text = arena_text(reader->arena, text + start, end - start);
}

static void on_doctype(void *context, const XML_Char *name, const XML_Char *system, const XML_Char *public,
                       int inside) {
    (void)name, (void)system, (void)public, (void)inside;
    refuse(context, "it has a document type declaration");
}

struct xml *xml_read(const char *text, size_t bytes, struct arena *arena, char *problem, size_t problem_bytes) {
    struct reader reader = {.parser = XML_ParserCreate(NULL), .arena = arena};
    if (reader.parser == NULL)
        out_of_memory(sizeof reader);
    XML_SetUserData(reader.parser, &reader);
    XML_SetElementHandler(reader.parser, on_start, on_end);
    XML_SetCharacterDataHandler(reader.parser, on_text);
    XML_SetStartDoctypeDeclHandler(reader.parser, on_doctype);
    bool good = bytes < 1u << 30 && XML_Parse(reader.parser, text, (int)bytes, 1) == XML_STATUS_OK;
    if (!good && reader.problem == NULL)
        snprintf(problem, problem_bytes, "line %lu: %s", (unsigned long)XML_GetCurrentLineNumber(reader.parser),
                 XML_ErrorString(XML_GetErrorCode(reader.parser)));
    else if (!good)
        snprintf(problem, problem_bytes, "%s", reader.problem);
    XML_ParserFree(reader.parser);
    for (size_t i = 0; i < XML_MOST_DEPTH; i++)
        vec_free(&reader.text[i]);
    return good ? reader.root : NULL;
}

const struct xml *xml_child(const struct xml *element, const char *name) {
    for (const struct xml *child = element == NULL ? NULL : element->first; child != NULL; child = child->next)
        if (strcmp(child->name, name) == 0)
            return child;
    return NULL;
}
