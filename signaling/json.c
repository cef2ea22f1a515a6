#include "signaling/json.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "signaling/error.h"

enum { MAX_NUMBER_LENGTH = 64 };

typedef struct {
    const char *bytes;
    size_t size, at;
    unsigned depth, n_nodes;
    GError **error;
} Reader;

static JsonNode *read_value(Reader *self);

static void *
refuse(Reader *self, const char *what)
{
    if (self->error != NULL && *self->error == NULL)
        g_set_error(self->error, SIG_ERROR, SIG_ERROR_PARSE, "not valid JSON at byte %zu: %s", self->at, what);
    return NULL;
}

static int
peek(const Reader *self)
{
    return self->at < self->size ? (unsigned char)self->bytes[self->at] : -1;
}

static void
skip_space(Reader *self)
{
    while (self->at < self->size && strchr(" \t\r\n", self->bytes[self->at]) != NULL && self->bytes[self->at] != '\0')
        self->at++;
}

static bool
take(Reader *self, char wanted)
{
    if (peek(self) != (unsigned char)wanted)
        return false;
    self->at++;
    return true;
}

/* Four hex digits. */
static bool
read_unit(Reader *self, uint32_t *ret_unit)
{
    uint32_t unit = 0;

    if (self->size - self->at < 4)
        return false;
    for (unsigned i = 0; i < 4; i++) {
        int digit = g_ascii_xdigit_value(self->bytes[self->at + i]);

        if (digit < 0)
            return false;
        unit = unit << 4 | (uint32_t)digit;
    }
    self->at += 4;
    *ret_unit = unit;
    return true;
}

static bool
read_unicode_escape(Reader *self, GString *text)
{
    uint32_t unit, low;

    if (!read_unit(self, &unit))
        return refuse(self, "four hex digits were expected") != NULL;
    if (unit == 0)
        return refuse(self, "U+0000 is not allowed") != NULL;
    if (unit >= 0xdc00 && unit <= 0xdfff)
        return refuse(self, "a surrogate stands alone") != NULL;
    if (unit >= 0xd800 && unit <= 0xdbff) {
        if (!take(self, '\\') || !take(self, 'u') || !read_unit(self, &low) || low < 0xdc00 || low > 0xdfff)
            return refuse(self, "a surrogate stands alone") != NULL;
        unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    }
    g_string_append_unichar(text, unit);
    return true;
}

static bool
read_escape(Reader *self, GString *text)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *found;
    int c = peek(self);

    if (c <= 0)
        return refuse(self, "the text ends inside an escape") != NULL;
    self->at++;
    if (c == 'u')
        return read_unicode_escape(self, text);
    found = strchr(names, c);
    if (found == NULL)
        return refuse(self, "unknown escape") != NULL;
    g_string_append_c(text, values[found - names]);
    return true;
}

static char *
read_string(Reader *self)
{
    g_autoptr(GString) text = NULL;

    if (!take(self, '"'))
        return refuse(self, "a string was expected");
    text = g_string_new(NULL);
    while (!take(self, '"')) {
        size_t start = self->at;

        while (peek(self) >= 0x20 && peek(self) != '"' && peek(self) != '\\')
            self->at++;
        g_string_append_len(text, self->bytes + start, (gssize)(self->at - start));
        if (peek(self) == '"')
            continue;
        if (!take(self, '\\'))
            return refuse(self, peek(self) < 0 ? "the text ends inside a string" : "a control character in a string");
        if (!read_escape(self, text))
            return NULL;
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static size_t
skip_digits(Reader *self)
{
    size_t start = self->at;

    while (peek(self) >= '0' && peek(self) <= '9')
        self->at++;
    return self->at - start;
}

/* The grammar of RFC 8259, section 6. */
static bool
scan_number(Reader *self, bool *ret_integral)
{
    bool integral = true;

    take(self, '-');
    if (!take(self, '0') && skip_digits(self) == 0)
        return false;
    if (take(self, '.')) {
        integral = false;
        if (skip_digits(self) == 0)
            return false;
    }
    if (take(self, 'e') || take(self, 'E')) {
        integral = false;
        if (!take(self, '+'))
            take(self, '-');
        if (skip_digits(self) == 0)
            return false;
    }
    *ret_integral = integral;
    return true;
}

static JsonNode *
read_number(Reader *self)
{
    char text[MAX_NUMBER_LENGTH + 1];
    size_t start = self->at;
    bool integral;
    double value;

    if (!scan_number(self, &integral))
        return refuse(self, "not a number");
    if (self->at - start > MAX_NUMBER_LENGTH)
        return refuse(self, "a number with too many digits");
    memcpy(text, self->bytes + start, self->at - start);
    text[self->at - start] = '\0';

    if (integral) {
        errno = 0;
        gint64 whole = g_ascii_strtoll(text, NULL, 10);

        if (errno == 0)
            return json_node_init_int(json_node_alloc(), whole);
    }
    value = g_ascii_strtod(text, NULL);
    if (!isfinite(value))
        return refuse(self, "a number that is too large");
    return json_node_init_double(json_node_alloc(), value);
}

static JsonNode *
read_array(Reader *self)
{
    g_autoptr(JsonArray) array = json_array_new();

    skip_space(self);
    if (take(self, ']'))
        return json_node_init_array(json_node_alloc(), array);
    for (;;) {
        JsonNode *element = read_value(self);

        if (element == NULL)
            return NULL;
        json_array_add_element(array, element);
        skip_space(self);
        if (take(self, ']'))
            return json_node_init_array(json_node_alloc(), array);
        if (!take(self, ','))
            return refuse(self, "',' or ']' was expected");
    }
}

static bool
read_member(Reader *self, JsonObject *object)
{
    g_autofree char *name = NULL;
    JsonNode *value;

    skip_space(self);
    name = read_string(self);
    if (name == NULL)
        return false;
    if (json_object_has_member(object, name))
        return refuse(self, "the same name twice in one object") != NULL;
    skip_space(self);
    if (!take(self, ':'))
        return refuse(self, "':' was expected") != NULL;
    value = read_value(self);
    if (value == NULL)
        return false;
    json_object_set_member(object, name, value);
    return true;
}

static JsonNode *
read_object(Reader *self)
{
    g_autoptr(JsonObject) object = json_object_new();

    skip_space(self);
    if (take(self, '}'))
        return json_node_init_object(json_node_alloc(), object);
    for (;;) {
        if (!read_member(self, object))
            return NULL;
        skip_space(self);
        if (take(self, '}'))
            return json_node_init_object(json_node_alloc(), object);
        if (!take(self, ','))
            return refuse(self, "',' or '}' was expected");
    }
}

static JsonNode *
read_word(Reader *self)
{
    static const char *const words[] = { "null", "true", "false" };

    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        size_t length = strlen(words[i]);

        if (self->size - self->at < length || memcmp(self->bytes + self->at, words[i], length) != 0)
            continue;
        self->at += length;
        if (i == 0)
            return json_node_init_null(json_node_alloc());
        return json_node_init_boolean(json_node_alloc(), i == 1);
    }
    return refuse(self, "a value was expected");
}

static JsonNode *
read_container(Reader *self, JsonNode *(*read)(Reader *))
{
    JsonNode *node;

    if (++self->depth > SIG_JSON_MAX_DEPTH)
        return refuse(self, "nested too deeply");
    self->at++;
    node = read(self);
    self->depth--;
    return node;
}

static JsonNode *
read_value(Reader *self)
{
    g_autofree char *text = NULL;

    skip_space(self);
    if (++self->n_nodes > SIG_JSON_MAX_NODES)
        return refuse(self, "too many values");
    switch (peek(self)) {
    case '{':
        return read_container(self, read_object);
    case '[':
        return read_container(self, read_array);
    case '"':
        text = read_string(self);
        return text != NULL ? json_node_init_string(json_node_alloc(), text) : NULL;
    case '-':
    case '0' ... '9':
        return read_number(self);
    default:
        return read_word(self);
    }
}

JsonNode *
sig_json_parse(const char *bytes, size_t size, GError **error)
{
    g_autoptr(JsonNode) node = NULL;
    g_autoptr(GError) cause = NULL;
    Reader reader = { .bytes = bytes, .size = size, .error = &cause };
    const char *end;

    if (size > SIG_JSON_MAX_SIZE) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_TOO_LARGE, "JSON of %zu bytes; at most %d are taken", size,
                    SIG_JSON_MAX_SIZE);
        return NULL;
    }
    if (!g_utf8_validate_len(bytes != NULL ? bytes : "", size, &end)) {
        reader.at = bytes != NULL ? (size_t)(end - bytes) : 0;
        refuse(&reader, "not UTF-8");
    } else {
        node = read_value(&reader);
        skip_space(&reader);
        if (node != NULL && reader.at < size)
            refuse(&reader, "something follows the value");
    }
    if (cause != NULL) {
        g_propagate_error(error, g_steal_pointer(&cause));
        return NULL;
    }
    return g_steal_pointer(&node);
}
