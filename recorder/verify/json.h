/* recorder/verify/json.h - a bounded, strict reader of JSON (RFC 8259)
 *
 * Refused: invalid UTF-8, NUL, double member names, nesting over 16, more values than allowed, anything behind the
 * value. A document is used again for the next text; what it gave is gone then. Ownership: the caller. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VER_JSON_MAX_DEPTH = 16, VER_JSON_MAX_MEMBERS = 256, VER_JSON_MAX_VALUES = 1000000 };

typedef enum { VER_NULL, VER_BOOL, VER_INTEGER, VER_REAL, VER_TEXT, VER_ARRAY, VER_OBJECT } VerJsonType;

typedef struct VerJson VerJson;
struct VerJson {
    VerJsonType type;
    const char *name; /* in its object */
    const char *text; /* VER_TEXT: UTF-8 */
    int64_t integer;  /* VER_INTEGER; VER_BOOL: 0 or 1 */
    VerJson *first;   /* of an array or object */
    VerJson *next;    /* sibling */
};

typedef struct VerJsonDoc VerJsonDoc;

VerJsonDoc *ver_json_new(void);
void ver_json_free(VerJsonDoc *self);

/* NULL: it is not JSON, or beyond a limit. Borrowed until the next call. */
const VerJson *ver_json_read(VerJsonDoc *self, const char *data, size_t size);

/* All take NULL and wrong types: NULL, -1, false. */
const VerJson *ver_json_get(const VerJson *object, const char *name);
const char *ver_json_text(const VerJson *object, const char *name);
int64_t ver_json_number(const VerJson *object, const char *name); /* not negative; else -1 */
bool ver_json_bool(const VerJson *object, const char *name);
bool ver_json_is(const VerJson *object, const char *name, const char *text);
/* First of an array member; NULL: empty, or not there. */
const VerJson *ver_json_first(const VerJson *object, const char *name);
