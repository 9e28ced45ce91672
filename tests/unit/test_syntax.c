/* The grammar: what binds how tightly, which part of the text a term covers, what is refused. */
#include "model/term.h"
#include "tests/unit/test.h"

struct reading {
    struct diags diags;
    struct arena arena;
    struct intern intern;
    struct syntax syntax;
    const struct yaml *text;
};

/* The file is one quoted text, so that byte n of the text is column n + 2. */
static void open_reading(struct reading *reading, const char *text) {
    *reading = (struct reading){0};
    size_t bytes = strlen(text) + 2;
    char *copy = memory_resize(NULL, bytes + 1);
    snprintf(copy, bytes + 1, "\"%s\"", text);
    uint32_t file = diags_add_file(&reading->diags, "a.yaml", copy, bytes);
    reading->text = yaml_parse(file, &reading->arena, &reading->intern, &reading->diags);
    assert_non_null(reading->text);
    reading->syntax = (struct syntax){&reading->arena, &reading->intern, &reading->diags};
}

static void close_reading(struct reading *reading) {
    diags_clear(&reading->diags);
    arena_clear(&reading->arena);
    intern_clear(&reading->intern);
}

static void show(const struct term *term, FILE *out);

static void show_domain(const struct domain *domain, FILE *out) {
    if (domain->low != NULL) {
        show(domain->low, out);
        fputs("..", out);
        show(domain->high, out);
    } else {
        show(domain->name != NULL ? domain->name : domain->set, out);
    }
}

/* As a nested list: (operator argument ...). */
static void show(const struct term *term, FILE *out) {
    if (term->op == TERM_NUMBER || term->op == TERM_BOOL) {
        fprintf(out, "%d", term->value);
        return;
    }
    if (term->op == TERM_NAME) {
        fputs(term->name, out);
        return;
    }
    if (term->op == TERM_NONE || term->op == TERM_ACTION) {
        fputs(term_op_text(term->op), out);
        return;
    }
    fprintf(out, "(%s", term->op == TERM_CALL ? term->name : term_op_text(term->op));
    if (term->op >= TERM_FORALL) {
        fprintf(out, " %s:", term->name);
        show_domain(&term->domain, out);
        if (term->args[1] != NULL) {
            fputs(" where ", out);
            show(term->args[1], out);
        }
    }
    for (size_t i = 0; i < term->arg_count; i++) {
        fputc(' ', out);
        show(term->args[i], out);
    }
    if (term->op == TERM_FIELD)
        fprintf(out, " %s", term->name);
    fputc(')', out);
}

static const struct row {
    const char *text, *shown;
} rows[] = {
    {"a + b * c", "(+ a (* b c))"},
    {"a * b + c", "(+ (* a b) c)"},
    {"a - b - c", "(- (- a b) c)"},
    {"a / b % c", "(% (/ a b) c)"},
    {"- a * b", "(* (- a) b)"},
    {"a - -1", "(- a (- 1))"},
    {"(a + b) * c", "(* (+ a b) c)"},
    {"a + 1 == b - 1", "(== (+ a 1) (- b 1))"},
    {"not a == b", "(not (== a b))"},
    {"not a and b", "(and (not a) b)"},
    {"a and b or c and d", "(or (and a b) (and c d))"},
    {"a or b and c", "(or a (and b c))"},
    {"a implies b or c", "(implies a (or b c))"},
    {"a implies b implies c", "(implies a (implies b c))"},
    {"a iff b implies c", "(iff a (implies b c))"},
    {"a in b + {c}", "(in a (+ b ({} c)))"},
    {"a in {b, c.d, 3}", "(in a ({} b (. c d) 3))"},
    {"{}", "({})"},
    {"a.b.c", "(. (. a b) c)"},
    {"a.b[c].d", "(. ([] (. a b) c) d)"},
    {"f(a, b + 1).c", "(. (f a (+ b 1)) c)"},
    {"old a.b == c", "(== (old (. a b)) c)"},
    {"action == A and a", "(and (== action A) a)"},
    {"forall x in k: a and b", "(forall x:k (and a b))"},
    {"a and forall x in k: b or c", "(and a (forall x:k (or b c)))"},
    {"forall x in k where a or b: c", "(forall x:k where (or a b) c)"},
    {"forall x in k, y in 1..n-1: a", "(forall x:k (forall y:1..(- n 1) a))"},
    {"forall x in k, y in x.peers where a: b", "(forall x:k (forall y:(. x peers) where a b))"},
    {"exists unique x in k: a", "(exists unique x:k a)"},
    {"exists x in {a, b}: c", "(exists x:({} a b) c)"},
    {"count(x in k: a) > 1", "(> (count x:k a) 1)"},
    {"forall x in k where a, y in l: b", "(forall x:k where a (forall y:l b))"},
    {"forall x in k where a or b, y in x.peers where c, z in 1..2: d",
     "(forall x:k where (or a b) (forall y:(. x peers) where c (forall z:1..2 d)))"},
    {"forall x in k where exists y in l where a: b, z in m where c: d",
     "(forall x:k where (exists y:l where a b) (forall z:m where c d))"},
    {"forall x in k where exists y in l where a, z in m: b: c",
     "(forall x:k where (exists y:l where a (exists z:m b)) c)"},
    {"count(x in k where a, y in l where b: c)", "(sum x:k where a (count y:l where b c))"},
    {"count(x in k, y in l where a: b)", "(sum x:k (count y:l where a b))"},
    {"sum(x in k: a + b) + 1", "(+ (sum x:k (+ a b)) 1)"},
    {"the(x in k where a: b).c", "(. (the x:k where a b) c)"},
    {"if a then b else c + d", "(if a b (+ c d))"},
    {"(if a then b else c) + d", "(+ (if a b c) d)"},
    {"if a then b else if c then d else e", "(if a b (if c d e))"},
    {"not if a then b else c", "(not (if a b c))"},
    {"min(a, b) + max(1, c)", "(+ (min a b) (max 1 c))"},
    {"a == none", "(== a none)"},
    {"true implies not false", "(implies 1 (not 0))"},
    {"a == 'b-c.d:e'", "(== a b-c.d:e)"},
    {"a!=b", "(!= a b)"},
    {"a<=b", "(<= a b)"},
    {"  a  ", "a"},
    {"forall1", "forall1"},
    {"(a)", "a"},
};

static void check_row(void **state) {
    const struct row *row = *state;
    struct reading reading;
    open_reading(&reading, row->text);
    struct term *term = syntax_term(&reading.syntax, reading.text);
    assert_non_null(term);
    char *shown = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&shown, &bytes);
    show(term, out);
    fclose(out);
    assert_string_equal(shown, row->shown);
    free(shown);
    close_reading(&reading);
}

/* `path`: which argument of the argument of ... the term; '!' the body of a binder is argument 0. */
static const struct spans {
    const char *text, *path;
    uint32_t start, length; /* bytes of the text */
} spans[] = {
    {"a + bb * c", "", 0, 10},
    {"a + bb * c", "0", 0, 1},
    {"a + bb * c", "1", 4, 6},
    {"a + bb * c", "10", 4, 2},
    {"a + bb * c", "11", 9, 1},
    {"  ab.cd  ", "", 2, 5},
    {"  ab.cd  ", "0", 2, 2},
    {"a[b + 1]", "", 0, 8},
    {"a[b + 1]", "1", 2, 5},
    {"not (a)", "", 0, 7},
    {"not (a)", "0", 5, 1},
    {"f(a, b)", "", 0, 7},
    {"f(a, b)", "1", 5, 1},
    {"old a.b", "", 0, 7},
    {"old a.b", "0", 4, 3},
    {"forall x in k: a", "", 0, 16},
    {"forall x in k: a", "0", 15, 1},
    {"count(x in k: a) > 1", "0", 0, 16},
    {"if a then b else c", "", 0, 18},
    {"if a then b else c", "1", 10, 1},
    {"a implies b", "", 0, 11},
    {"{a, b}", "", 0, 6},
    {"'a b' == c", "0", 0, 5},
};

static void check_spans(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(spans); i++) {
        struct reading reading;
        open_reading(&reading, spans[i].text);
        const struct term *term = syntax_term(&reading.syntax, reading.text);
        for (const char *at = spans[i].path; *at != '\0'; at++)
            term = term->args[*at - '0'];
        if (term->span.line != 1 || term->span.column != spans[i].start + 2 || term->span.length != spans[i].length)
            fail_msg("'%s' %s: starts at %u, %u bytes", spans[i].text, spans[i].path, term->span.column - 2,
                     term->span.length);
        close_reading(&reading);
    }
}

enum part { PART_TERM, PART_EFFECT, PART_TYPE, PART_SIGNATURE };

static const struct verdict {
    enum part part;
    const char *text;
    int column; /* of the error, in bytes of the text; -1: it is right */
} verdicts[] = {
    {PART_TERM, "", 0},
    {PART_TERM, "a b", 2},
    {PART_TERM, "a == b == c", 7},
    {PART_TERM, "a < b < c", 6},
    {PART_TERM, "(a", 2},
    {PART_TERM, "a)", 1},
    {PART_TERM, "a.", 2},
    {PART_TERM, "a.in", 2},
    {PART_TERM, "a.'in'", -1},
    {PART_TERM, "a[b", 3},
    {PART_TERM, "forall x: a", 8},
    {PART_TERM, "forall in in k: a", 7},
    {PART_TERM, "exists unique x in k, y in k: a", 28},
    {PART_TERM, "count x in k: a", 6},
    {PART_TERM, "if a then b", 11},
    {PART_TERM, "min(a)", 5},
    {PART_TERM, "a := b", 2},
    {PART_TERM, "a & b", 2},
    {PART_TERM, "'a", 0},
    {PART_TERM, "1000000000", -1},
    {PART_TERM, "1000000001", 0},
    {PART_TERM, "99999999999999999999999999", 0},
    {PART_EFFECT, "a.b := c", -1},
    {PART_EFFECT, "a.b[c] := d; e.f := g", -1},
    {PART_EFFECT, "a.b = c", 4},
    {PART_EFFECT, "a.b := c;", 9},
    {PART_EFFECT, "for x in k: x.a := b; x.c := d", -1},
    {PART_EFFECT, "for x in k where x.b: (if c then x.a := b else (x.a := d; x.e := f))", -1},
    {PART_EFFECT, "for x in k x.a := b", 11},
    {PART_EFFECT, "(a.b := c; d.e := f); g.h := i", 20}, /* parentheses belong to a block */
    {PART_EFFECT, "a + b := c", 2},
    {PART_TYPE, "bool", -1},
    {PART_TYPE, "bool = true", -1},
    {PART_TYPE, "0..3", -1},
    {PART_TYPE, "-3..N*2 = 1", -1},
    {PART_TYPE, "N-1..N+1", -1},
    {PART_TYPE, "a | b | 'c-d' = b", -1},
    {PART_TYPE, "optional k = none", -1},
    {PART_TYPE, "set of k", -1},
    {PART_TYPE, "map 0..3 to a | b", -1},
    {PART_TYPE, "map k to optional l", -1},
    {PART_TYPE, "optional bool", 13},
    {PART_TYPE, "set k", 4},
    {PART_TYPE, "map k", 5},
    {PART_TYPE, "5", 1},
    {PART_TYPE, "a |", 3},
    {PART_TYPE, "k k", 2},
    {PART_SIGNATURE, "f", -1},
    {PART_SIGNATURE, "f(a in k, b in 0..3, c in optional k)", -1},
    {PART_SIGNATURE, "f()", 2},
    {PART_SIGNATURE, "f(a)", 3},
    {PART_SIGNATURE, "f(a in k", 8},
    {PART_SIGNATURE, "forall", 0},
    {PART_SIGNATURE, "f(a in k) g", 10},
};

static bool parse(const struct reading *reading, enum part part) {
    struct signature signature;
    switch (part) {
    case PART_TERM:
        return syntax_term(&reading->syntax, reading->text) != NULL;
    case PART_EFFECT:
        return syntax_effect(&reading->syntax, reading->text) != NULL;
    case PART_TYPE:
        return syntax_type(&reading->syntax, reading->text) != NULL;
    case PART_SIGNATURE:
        return syntax_signature(&reading->syntax, reading->text, &signature);
    }
    return false;
}

static void check_verdicts(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++) {
        const struct verdict *verdict = &verdicts[i];
        struct reading reading;
        open_reading(&reading, verdict->text);
        bool good = parse(&reading, verdict->part);
        if (good != (verdict->column < 0))
            fail_msg("'%s' is %s", verdict->text, good ? "accepted" : reading.diags.list.at[0].message);
        if (!good) {
            const struct diag *diag = &reading.diags.list.at[0];
            assert_int_equal(reading.diags.error_count, 1);
            assert_int_equal(diag->code, DIAG_SYNTAX);
            if (diag->span.column != (uint32_t)verdict->column + 2)
                fail_msg("'%s': the error is at %u: %s", verdict->text, diag->span.column - 2, diag->message);
        }
        close_reading(&reading);
    }
}

static void check_reserved(void **state) {
    (void)state;
    static const char *const words[] = {"forall", "unique", "action", "old", "to", "none"};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        assert_true(syntax_is_reserved(words[i]));
    assert_false(syntax_is_reserved("Forall") || syntax_is_reserved("") || syntax_is_reserved("attached"));
}

int main(void) {
    struct CMUnitTest tests[ARRAY_SIZE(rows) + 3] = {
        {"spans", check_spans, NULL, NULL, NULL},
        {"what is accepted, and where it is wrong", check_verdicts, NULL, NULL, NULL},
        {"reserved words", check_reserved, NULL, NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        tests[i + 3] = (struct CMUnitTest){rows[i].text, check_row, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("syntax", tests, NULL, NULL);
}
