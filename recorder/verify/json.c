#include "recorder/verify/json.h"

#include <stdlib.h>
#include <string.h>

#include "recorder/verify/bytes.h"

enum { VALUES_PER_BLOCK = 1024, MAX_BLOCKS = VER_JSON_MAX_VALUES / VALUES_PER_BLOCK };

struct VerJsonDoc {
    char *copy; /* texts are decoded in place */
    size_t copy_size;
    VerJson *blocks[MAX_BLOCKS];
    size_t n_values;
    char *at, *end;
};

VerJsonDoc *
ver_json_new(void)
{
    return ver_alloc(1, sizeof(VerJsonDoc));
}

void
ver_json_free(VerJsonDoc *self)
{
    if (!self)
        return;
    for (unsigned i = 0; i < MAX_BLOCKS; i++)
        free(self->blocks[i]);
    free(self->copy);
    free(self);
}

static VerJson *
take(VerJsonDoc *self)
{
    size_t block = self->n_values / VALUES_PER_BLOCK;

    if (block >= MAX_BLOCKS)
        return NULL;
    if (!self->blocks[block])
        self->blocks[block] = ver_alloc(VALUES_PER_BLOCK, sizeof(VerJson));
    VerJson *value = &self->blocks[block][self->n_values++ % VALUES_PER_BLOCK];
    memset(value, 0, sizeof *value);
    return value;
}

static void
skip_space(VerJsonDoc *self)
{
    while (self->at < self->end && (*self->at == ' ' || *self->at == '\t' || *self->at == '\n' || *self->at == '\r'))
        self->at++;
}

static bool
take_char(VerJsonDoc *self, char c)
{
    skip_space(self);
    if (self->at >= self->end || *self->at != c)
        return false;
    self->at++;
    return true;
}

/* How many bytes of UTF-8 stand at *p; 0: none that are valid (RFC 3629: no surrogates, nothing overlong). */
static unsigned
utf8_length(const uint8_t *p, size_t size)
{
    static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
    unsigned n = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : p[0] >> 3 == 30 ? 4 : 0;

    if (n <= 1 || n > size)
        return n <= size ? n : 0;
    uint32_t code = p[0] & (0xffu >> (n + 1));
    for (unsigned i = 1; i < n; i++) {
        if (p[i] >> 6 != 2)
            return 0;
        code = code << 6 | (p[i] & 0x3f);
    }
    return code < smallest[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : n;
}

static char *
put_utf8(char *out, uint32_t code)
{
    if (code < 0x80) {
        *out++ = (char)code;
        return out;
    }
    unsigned n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t marks[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    *out++ = (char)(marks[n] | code >> (6 * (n - 1)));
    while (--n > 0)
        *out++ = (char)(0x80 | ((code >> (6 * (n - 1))) & 0x3f));
    return out;
}

static bool
take_hex4(VerJsonDoc *self, uint32_t *ret_code)
{
    uint32_t code = 0;

    if (self->end - self->at < 4)
        return false;
    for (unsigned i = 0; i < 4; i++) {
        char c = *self->at++;
        if (c >= '0' && c <= '9')
            code = code << 4 | (uint32_t)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            code = code << 4 | (uint32_t)((c | 32) - 'a' + 10);
        else
            return false;
    }
    *ret_code = code;
    return true;
}

static bool
take_unicode(VerJsonDoc *self, char **out)
{
    uint32_t code, low;

    if (!take_hex4(self, &code) || code == 0 || (code >= 0xdc00 && code < 0xe000))
        return false;
    if (code >= 0xd800 && code < 0xdc00) {
        if (self->end - self->at < 2 || self->at[0] != '\\' || self->at[1] != 'u')
            return false;
        self->at += 2;
        if (!take_hex4(self, &low) || low < 0xdc00 || low >= 0xe000)
            return false;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    *out = put_utf8(*out, code);
    return true;
}

static bool
take_escape(VerJsonDoc *self, char **out)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";

    if (self->at >= self->end)
        return false;
    char c = *self->at++;
    if (c == 'u')
        return take_unicode(self, out);
    const char *found = c != '\0' ? strchr(from, c) : NULL;
    if (!found)
        return false;
    *(*out)++ = to[found - from];
    return true;
}

/* Behind the opening quote; what is decoded is never longer than what was written. */
static const char *
take_text(VerJsonDoc *self)
{
    char *text = self->at, *out = self->at;

    while (self->at < self->end && *self->at != '"') {
        if ((uint8_t)*self->at < 0x20)
            return NULL;
        if (*self->at == '\\') {
            self->at++;
            if (!take_escape(self, &out))
                return NULL;
            continue;
        }
        unsigned n = utf8_length((const uint8_t *)self->at, (size_t)(self->end - self->at));
        if (n == 0)
            return NULL;
        memmove(out, self->at, n);
        out += n;
        self->at += n;
    }
    if (self->at >= self->end)
        return NULL;
    self->at++;
    *out = '\0'; /* at the latest on the quote */
    return text;
}

static unsigned
count_digits(const VerJsonDoc *self, const char *at)
{
    unsigned n = 0;

    while (at + n < self->end && at[n] >= '0' && at[n] <= '9')
        n++;
    return n;
}

static bool
take_number(VerJsonDoc *self, VerJson *value)
{
    bool negative = *self->at == '-';
    const char *start = self->at + negative;
    unsigned n = count_digits(self, start);

    if (n == 0 || (n > 1 && start[0] == '0'))
        return false;
    const char *at = start + n;
    if (at < self->end && *at == '.') {
        unsigned more = count_digits(self, at + 1);
        if (more == 0)
            return false;
        at += 1 + more;
    }
    if (at < self->end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < self->end && (*at == '+' || *at == '-'))
            at++;
        unsigned more = count_digits(self, at);
        if (more == 0)
            return false;
        at += more;
    }
    bool whole = at == start + n && ver_number(start, n, &value->integer);
    value->type = whole ? VER_INTEGER : VER_REAL;
    if (negative)
        value->integer = -value->integer;
    self->at += at - self->at;
    return true;
}

static bool
take_word(VerJsonDoc *self, VerJson *value)
{
    static const struct {
        const char *word;
        VerJsonType type;
        int64_t integer;
    } words[] = { { "null", VER_NULL, 0 }, { "true", VER_BOOL, 1 }, { "false", VER_BOOL, 0 } };

    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = strlen(words[i].word);
        if ((size_t)(self->end - self->at) >= n && memcmp(self->at, words[i].word, n) == 0) {
            value->type = words[i].type;
            value->integer = words[i].integer;
            self->at += n;
            return true;
        }
    }
    return false;
}

static VerJson *take_value(VerJsonDoc *self, unsigned depth);

static bool
take_name(VerJsonDoc *self, const VerJson *object, const char **ret_name)
{
    const char *name = take_char(self, '"') ? take_text(self) : NULL;

    if (!name || ver_json_get(object, name))
        return false;
    *ret_name = name;
    return take_char(self, ':');
}

static bool
take_children(VerJsonDoc *self, VerJson *parent, unsigned depth)
{
    bool object = parent->type == VER_OBJECT;
    char close = object ? '}' : ']';
    VerJson **link = &parent->first;

    if (take_char(self, close))
        return true;
    for (unsigned n = 0; !object || n < VER_JSON_MAX_MEMBERS; n++) {
        const char *name = NULL;
        if (object && !take_name(self, parent, &name))
            return false;
        VerJson *value = take_value(self, depth + 1);
        if (!value)
            return false;
        value->name = name;
        *link = value;
        link = &value->next;
        if (take_char(self, close))
            return true;
        if (!take_char(self, ','))
            return false;
    }
    return false;
}

static VerJson *
take_value(VerJsonDoc *self, unsigned depth)
{
    VerJson *value = depth <= VER_JSON_MAX_DEPTH ? take(self) : NULL;

    skip_space(self);
    if (!value || self->at >= self->end)
        return NULL;
    char c = *self->at;
    if (c == '{' || c == '[') {
        self->at++;
        value->type = c == '{' ? VER_OBJECT : VER_ARRAY;
        return take_children(self, value, depth) ? value : NULL;
    }
    if (c == '"') {
        self->at++;
        value->type = VER_TEXT;
        value->text = take_text(self);
        return value->text ? value : NULL;
    }
    bool taken = c == '-' || (c >= '0' && c <= '9') ? take_number(self, value) : take_word(self, value);
    return taken ? value : NULL;
}

const VerJson *
ver_json_read(VerJsonDoc *self, const char *data, size_t size)
{
    if (size > self->copy_size || !self->copy) {
        self->copy = ver_grow(self->copy, size + 1, 1);
        self->copy_size = size;
    }
    if (size > 0)
        memcpy(self->copy, data, size);
    self->at = self->copy;
    self->end = self->copy + size;
    self->n_values = 0;
    const VerJson *root = take_value(self, 1);
    skip_space(self);
    return root && self->at == self->end ? root : NULL;
}

const VerJson *
ver_json_get(const VerJson *object, const char *name)
{
    if (!object || object->type != VER_OBJECT)
        return NULL;
    for (const VerJson *value = object->first; value; value = value->next) {
        if (strcmp(value->name, name) == 0)
            return value;
    }
    return NULL;
}

const char *
ver_json_text(const VerJson *object, const char *name)
{
    const VerJson *value = ver_json_get(object, name);

    return value && value->type == VER_TEXT ? value->text : NULL;
}

int64_t
ver_json_number(const VerJson *object, const char *name)
{
    const VerJson *value = ver_json_get(object, name);

    return value && value->type == VER_INTEGER && value->integer >= 0 ? value->integer : -1;
}

bool
ver_json_bool(const VerJson *object, const char *name)
{
    const VerJson *value = ver_json_get(object, name);

    return value && value->type == VER_BOOL && value->integer;
}

bool
ver_json_is(const VerJson *object, const char *name, const char *text)
{
    const char *value = ver_json_text(object, name);

    return value && text && strcmp(value, text) == 0;
}

const VerJson *
ver_json_first(const VerJson *object, const char *name)
{
    const VerJson *value = ver_json_get(object, name);

    return value && value->type == VER_ARRAY ? value->first : NULL;
}
