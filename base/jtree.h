/* base/jtree.h -- JSON values, built and read through one library in one file (base/jtree.c).
 *
 * A value that is put into another belongs to it; jtree_free() frees a whole tree.  Objects keep the order in which
 * members were put. */
#ifndef BASE_JTREE_H
#define BASE_JTREE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct jtree; /* opaque */

struct jtree *jtree_object(void);
struct jtree *jtree_list(void);
struct jtree *jtree_text(const char *text); /* NULL becomes null */
struct jtree *jtree_number(int64_t number);
struct jtree *jtree_real(double number);
struct jtree *jtree_bool(bool value);
struct jtree *jtree_null(void);

void jtree_put(struct jtree *object, const char *name, struct jtree *value); /* takes `value` */
void jtree_remove(struct jtree *object, const char *name);
void jtree_add(struct jtree *list, struct jtree *value); /* takes `value` */
void jtree_free(struct jtree *value);                    /* NULL is fine */
struct jtree *jtree_copy(const struct jtree *value);     /* NULL of NULL */

/* `indent` 0: on one line.  False after a write error. */
bool jtree_write(const struct jtree *value, FILE *out, unsigned indent);
/* On one line, members sorted by name, no blanks; from the heap. */
char *jtree_canonical(const struct jtree *value);

/* Reading: NULL, 0 or false where there is no such thing, also of NULL. */
struct jtree *jtree_read(const char *text, size_t bytes, char *problem, size_t problem_bytes);
const struct jtree *jtree_get(const struct jtree *object, const char *name);
const struct jtree *jtree_at(const struct jtree *list, size_t index);
size_t jtree_count(const struct jtree *list);
const char *jtree_string(const struct jtree *value);
int64_t jtree_integer(const struct jtree *value); /* of 5.0, too: 5 */
bool jtree_truth(const struct jtree *value);
enum jtree_type { JTREE_NONE, JTREE_NULL, JTREE_BOOL, JTREE_NUMBER, JTREE_TEXT, JTREE_LIST, JTREE_OBJECT };
enum jtree_type jtree_type(const struct jtree *value); /* NONE: there is no value */

/* The members of an object, in order:
 *     for (const void *m = jtree_next(object, NULL); m != NULL; m = jtree_next(object, m)) ... jtree_name(m) */
const void *jtree_next(const struct jtree *object, const void *member);
const char *jtree_name(const void *member);
const struct jtree *jtree_value(const void *member);

#endif
