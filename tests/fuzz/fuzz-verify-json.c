/* Any bytes as JSON for the verifier: what it takes has names only in objects, texts without NUL, and reads the same again. */
#include <assert.h>
#include <string.h>

#include "recorder/verify/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
walk(const VerJson *value, unsigned depth)
{
    size_t n = 1;

    assert(depth <= VER_JSON_MAX_DEPTH && (value->type == VER_TEXT) == (value->text != NULL));
    for (const VerJson *child = value->first; child; child = child->next) {
        assert((child->name != NULL) == (value->type == VER_OBJECT));
        n += walk(child, depth + 1);
    }
    return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    VerJsonDoc *doc = ver_json_new();
    const VerJson *root = ver_json_read(doc, (const char *)data, size);
    size_t n = root ? walk(root, 1) : 0;

    root = ver_json_read(doc, (const char *)data, size);
    assert((root ? walk(root, 1) : 0) == n);
    ver_json_free(doc);
    return 0;
}
