#include "signaling/pairs.h"

#include <string.h>

typedef struct {
    char *name;
    char *value;
} Pair;

struct SigPairs {
    GArray *pairs;
};

static void
pair_clear(void *data)
{
    Pair *pair = data;

    g_free(pair->name);
    g_free(pair->value);
}

SigPairs *
sig_pairs_new(void)
{
    SigPairs *self = g_new0(SigPairs, 1);

    self->pairs = g_array_new(FALSE, FALSE, sizeof(Pair));
    g_array_set_clear_func(self->pairs, pair_clear);
    return self;
}

void
sig_pairs_free(SigPairs *self)
{
    g_array_unref(self->pairs);
    g_free(self);
}

bool
sig_pairs_add(SigPairs *self, char *name, char *value)
{
    Pair pair = { name, value };

    if (self->pairs->len >= SIG_PAIRS_MAX) {
        pair_clear(&pair);
        return false;
    }
    g_array_append_val(self->pairs, pair);
    return true;
}

unsigned
sig_pairs_get_length(const SigPairs *self)
{
    return self != NULL ? self->pairs->len : 0;
}

const char *
sig_pairs_get_name(const SigPairs *self, unsigned index)
{
    return g_array_index(self->pairs, Pair, index).name;
}

const char *
sig_pairs_get_value(const SigPairs *self, unsigned index)
{
    return g_array_index(self->pairs, Pair, index).value;
}

const char *
sig_pairs_get(const SigPairs *self, const char *name)
{
    for (unsigned i = 0; i < sig_pairs_get_length(self); i++) {
        if (strcmp(sig_pairs_get_name(self, i), name) == 0)
            return sig_pairs_get_value(self, i);
    }
    return NULL;
}

const char *
sig_pairs_get_no_case(const SigPairs *self, const char *name)
{
    for (unsigned i = 0; i < sig_pairs_get_length(self); i++) {
        if (g_ascii_strcasecmp(sig_pairs_get_name(self, i), name) == 0)
            return sig_pairs_get_value(self, i);
    }
    return NULL;
}

unsigned
sig_pairs_count_no_case(const SigPairs *self, const char *name)
{
    unsigned n = 0;

    for (unsigned i = 0; i < sig_pairs_get_length(self); i++)
        n += g_ascii_strcasecmp(sig_pairs_get_name(self, i), name) == 0;
    return n;
}

static bool
is_clean(const char *text, size_t length)
{
    if (!g_utf8_validate_len(text, length, NULL))
        return false;
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    }
    return true;
}

char *
sig_percent_decode(const char *text, size_t length, bool plus_is_space)
{
    g_autoptr(GString) out = g_string_sized_new(length);

    for (size_t i = 0; i < length; i++) {
        char c = text[i];

        if (c == '+' && plus_is_space)
            c = ' ';
        if (c == '%') {
            if (length - i < 3 || !g_ascii_isxdigit(text[i + 1]) || !g_ascii_isxdigit(text[i + 2]))
                return NULL;
            c = (char)(g_ascii_xdigit_value(text[i + 1]) << 4 | g_ascii_xdigit_value(text[i + 2]));
            i += 2;
        }
        g_string_append_c(out, c);
    }
    return is_clean(out->str, out->len) ? g_string_free(g_steal_pointer(&out), FALSE) : NULL;
}

SigPairs *
sig_pairs_new_from_query(const char *text)
{
    SigPairs *self = sig_pairs_new();

    for (const char *p = text; p != NULL && *p != '\0';) {
        size_t length = strcspn(p, "&"), name_length = MIN(strcspn(p, "="), length);
        size_t skip = MIN(name_length + 1, length);
        g_autofree char *name = sig_percent_decode(p, name_length, true);
        g_autofree char *value = sig_percent_decode(p + skip, length - skip, true);

        if (name != NULL && *name != '\0' && value != NULL &&
            !sig_pairs_add(self, g_steal_pointer(&name), g_steal_pointer(&value)))
            break;
        p += length;
        p += *p == '&';
    }
    return self;
}

SigPairs *
sig_pairs_new_from_cookies(const char *text)
{
    SigPairs *self = sig_pairs_new();

    for (const char *p = text; p != NULL && *p != '\0';) {
        size_t length, name_length;

        p += strspn(p, " \t");
        length = strcspn(p, ";");
        name_length = MIN(strcspn(p, "="), length);
        if (name_length > 0 && name_length < length && is_clean(p, length)) {
            char *value = g_strstrip(g_strndup(p + name_length + 1, length - name_length - 1));
            size_t value_length = strlen(value);

            if (value_length >= 2 && value[0] == '"' && value[value_length - 1] == '"') {
                value[value_length - 1] = '\0';
                memmove(value, value + 1, value_length - 1);
            }
            if (!sig_pairs_add(self, g_strchomp(g_strndup(p, name_length)), value))
                break;
        }
        p += length;
        p += *p == ';';
    }
    return self;
}
