/* One pass over the text, without recursion: how deep subgraphs are nested is a number. */
#include "import/dot.h"

#include <ctype.h>
#include <string.h>

#define MOST_NODES 200000
#define MOST_EDGES 2000000

enum token { TOKEN_END, TOKEN_NAME, TOKEN_ARROW, TOKEN_SIGN, TOKEN_BAD };

struct scanner {
    struct dot *dot;
    struct diags *diags;
    const char *at, *line_start;
    uint32_t file, line;
    enum token token; /* the one that stands next */
    bool quoted;      /* a name in quotes is never a keyword */
    const char *text; /* of a name */
    const char *begin;
    struct span span;
    size_t edges;
};

static bool fail(struct scanner *scanner, const char *expected) {
    if (scanner->token == TOKEN_END)
        diag_error(scanner->diags, scanner->span, DIAG_IMPORT,
                   "expected %s, found the end of the file; is the graph complete?", expected);
    else if (scanner->token != TOKEN_BAD)
        diag_error(scanner->diags, scanner->span, DIAG_IMPORT, "expected %s, found '%.*s'", expected,
                   (int)(scanner->span.length > 60 ? 60 : scanner->span.length), scanner->begin);
    return false;
}

static void bad_token(struct scanner *scanner, const char *what) {
    scanner->token = TOKEN_BAD;
    diag_error(scanner->diags, scanner->span, DIAG_IMPORT, "%s", what);
}

static void step(struct scanner *scanner) {
    if (*scanner->at == '\n') {
        scanner->line++;
        scanner->line_start = scanner->at + 1;
    }
    scanner->at++;
}

/* Blanks and comments; false if a comment does not end. */
static bool skip_blanks(struct scanner *scanner) {
    for (;;) {
        const char *at = scanner->at;
        if (isspace((unsigned char)*at)) {
            step(scanner);
        } else if ((*at == '#' && at == scanner->line_start) || (at[0] == '/' && at[1] == '/')) {
            scanner->at += strcspn(at, "\n");
        } else if (at[0] == '/' && at[1] == '*') {
            const char *end = strstr(at + 2, "*/");
            if (end == NULL)
                return false;
            while (scanner->at < end + 2)
                step(scanner);
        } else {
            return true;
        }
    }
}

/* A text in quotes, or one in pointed brackets (HTML). */
static void scan_quoted(struct scanner *scanner, char open) {
    char close = open == '<' ? '>' : '"';
    const char *begin = scanner->at + 1;
    unsigned depth = 1;
    step(scanner);
    for (; *scanner->at != '\0'; step(scanner)) {
        if (open == '"' && *scanner->at == '\\' && scanner->at[1] != '\0')
            step(scanner);
        else if (*scanner->at == close && --depth == 0)
            break;
        else if (open == '<' && *scanner->at == '<')
            depth++;
    }
    if (*scanner->at == '\0') {
        bad_token(scanner, open == '<' ? "this '<' is never closed" : "these quotes are never closed");
        return;
    }
    char *text = arena_text(&scanner->dot->arena, begin, (size_t)(scanner->at - begin)), *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        if (open == '"' && *from == '\\' && (from[1] == '"' || from[1] == '\\'))
            from++;
        *to++ = *from;
    }
    *to = '\0';
    step(scanner);
    scanner->token = TOKEN_NAME;
    scanner->quoted = true;
    scanner->text = text;
}

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_' || c == '.' || (unsigned char)c >= 128; }

static void next_token(struct scanner *scanner) {
    bool ends = skip_blanks(scanner);
    const char *at = scanner->begin = scanner->at;
    scanner->span = (struct span){scanner->file, scanner->line, (uint32_t)(at - scanner->line_start) + 1, 1};
    scanner->quoted = false;
    if (!ends) {
        bad_token(scanner, "this comment is never closed");
    } else if (*at == '\0') {
        scanner->token = TOKEN_END;
        scanner->span.length = 0;
    } else if (*at == '"' || *at == '<') {
        scan_quoted(scanner, *at);
    } else if (at[0] == '-' && (at[1] == '>' || at[1] == '-')) {
        scanner->token = TOKEN_ARROW;
        scanner->at += 2;
    } else if (is_word(*at) || (*at == '-' && is_word(at[1]))) {
        do
            scanner->at++;
        while (is_word(*scanner->at));
        scanner->token = TOKEN_NAME;
        scanner->text = arena_text(&scanner->dot->arena, at, (size_t)(scanner->at - at));
    } else if (strchr("{}[];,=:+", *at) != NULL) {
        scanner->token = TOKEN_SIGN;
        scanner->at++;
    } else {
        bad_token(scanner, "this character cannot stand here in DOT");
    }
    if (scanner->token != TOKEN_BAD && scanner->line == scanner->span.line)
        scanner->span.length = (uint32_t)(scanner->at - at);
}

static bool is_sign(const struct scanner *scanner, char sign) {
    return scanner->token == TOKEN_SIGN && *scanner->begin == sign;
}

static bool take_sign(struct scanner *scanner, char sign) {
    if (!is_sign(scanner, sign))
        return false;
    next_token(scanner);
    return true;
}

static bool is_keyword(const struct scanner *scanner, const char *word) {
    if (scanner->token != TOKEN_NAME || scanner->quoted)
        return false;
    for (size_t i = 0;; i++) {
        if (tolower((unsigned char)scanner->text[i]) != word[i])
            return false;
        if (word[i] == '\0')
            return true;
    }
}

static bool take_keyword(struct scanner *scanner, const char *word) {
    if (!is_keyword(scanner, word))
        return false;
    next_token(scanner);
    return true;
}

/* A value or a name that does not matter: "a" + "b", too. */
static bool pass_name(struct scanner *scanner, const char *expected) {
    do {
        if (scanner->token != TOKEN_NAME)
            return fail(scanner, expected);
        next_token(scanner);
    } while (take_sign(scanner, '+'));
    return true;
}

static bool pass_attributes(struct scanner *scanner) {
    while (take_sign(scanner, '[')) {
        while (!take_sign(scanner, ']')) {
            if (!pass_name(scanner, "an attribute or ']'"))
                return false;
            if (take_sign(scanner, '=') && !pass_name(scanner, "a value"))
                return false;
            if (!take_sign(scanner, ','))
                take_sign(scanner, ';');
        }
    }
    return true;
}

/* Reads `NAME` or `NAME:PORT` that was seen already. */
static bool read_node(struct scanner *scanner, const char *name, struct span span, uint32_t *node) {
    struct dot *dot = scanner->dot;
    while (take_sign(scanner, ':'))
        if (!pass_name(scanner, "a port"))
            return false;
    *node = name_map_get(&dot->by_name, name);
    if (*node != UINT32_MAX)
        return true;
    if (dot->nodes.count >= MOST_NODES) {
        diag_error(scanner->diags, span, DIAG_TOO_LARGE, "the graph has more than %d nodes", MOST_NODES);
        return false;
    }
    *node = (uint32_t)dot->nodes.count;
    vec_push(&dot->nodes, ((struct dot_node){.name = name, .span = span}));
    name_map_put(&dot->by_name, name, *node);
    return true;
}

/* Behind the first name of a statement: `= value`, or edges and attributes. */
static bool read_statement(struct scanner *scanner) {
    const char *name = scanner->text;
    struct span span = scanner->span;
    uint32_t from, to;
    next_token(scanner);
    if (take_sign(scanner, '='))
        return pass_name(scanner, "a value");
    if (!read_node(scanner, name, span, &from))
        return false;
    while (scanner->token == TOKEN_ARROW) {
        if (scanner->begin[1] != '>')
            return fail(scanner, "'->', because the graph is directed");
        next_token(scanner);
        if (scanner->token != TOKEN_NAME || is_keyword(scanner, "subgraph"))
            return fail(scanner, "a node");
        name = scanner->text, span = scanner->span;
        next_token(scanner);
        if (!read_node(scanner, name, span, &to))
            return false;
        if (scanner->edges++ >= MOST_EDGES) {
            diag_error(scanner->diags, span, DIAG_TOO_LARGE, "the graph has more than %d edges", MOST_EDGES);
            return false;
        }
        vec_push(&scanner->dot->nodes.at[from].to, to);
        from = to;
    }
    return pass_attributes(scanner);
}

static bool read_graph(struct scanner *scanner) {
    size_t depth = 1;
    next_token(scanner);
    take_keyword(scanner, "strict");
    if (!take_keyword(scanner, "digraph"))
        return fail(scanner, "'digraph': the output of 'terraform graph -plan=FILE'");
    if (scanner->token == TOKEN_NAME)
        next_token(scanner);
    if (!take_sign(scanner, '{'))
        return fail(scanner, "'{'");
    while (depth > 0) {
        if (take_sign(scanner, ';'))
            continue;
        if (take_sign(scanner, '}')) {
            depth--;
        } else if (take_sign(scanner, '{')) {
            depth++;
        } else if (take_keyword(scanner, "subgraph")) {
            if (scanner->token == TOKEN_NAME)
                next_token(scanner);
            if (!take_sign(scanner, '{'))
                return fail(scanner, "'{'");
            depth++;
        } else if (take_keyword(scanner, "node") || take_keyword(scanner, "edge") || take_keyword(scanner, "graph")) {
            if (!pass_attributes(scanner))
                return false;
        } else if (scanner->token != TOKEN_NAME) {
            return fail(scanner, "a node, an edge or '}'");
        } else if (!read_statement(scanner)) {
            return false;
        }
    }
    return scanner->token == TOKEN_END || fail(scanner, "nothing behind the graph");
}

bool dot_read(struct dot *dot, struct diags *diags, uint32_t file, const char *text) {
    struct scanner scanner = {.dot = dot, .diags = diags, .at = text, .line_start = text, .file = file, .line = 1};
    *dot = (struct dot){0};
    return read_graph(&scanner);
}

void dot_clear(struct dot *dot) {
    for (size_t i = 0; i < dot->nodes.count; i++)
        vec_free(&dot->nodes.at[i].to);
    vec_free(&dot->nodes);
    name_map_clear(&dot->by_name);
    arena_clear(&dot->arena);
}
