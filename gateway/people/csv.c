#include "gateway/people/csv.h"

#include <string.h>

#include "signaling/error.h"

typedef struct {
    unsigned line;
    GPtrArray *fields; /* char * */
} Row;

struct GwCsv {
    GPtrArray *rows; /* Row */
};

/* Where the reader is. */
typedef struct {
    const char *at, *end;
    unsigned line;
} Reader;

static void
row_free(void *data)
{
    Row *row = data;

    g_ptr_array_unref(row->fields);
    g_free(row);
}

static bool
fail(const Reader *reader, const char *what, GError **error)
{
    g_set_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "line %u: %s", reader->line, what);
    return false;
}

static bool
is_line_end(const Reader *reader)
{
    return reader->at == reader->end || *reader->at == '\n' ||
           (*reader->at == '\r' && reader->at + 1 < reader->end && reader->at[1] == '\n');
}

/* After the opening quote; ends behind the closing one. */
static bool
read_quoted(Reader *reader, GString *field, GError **error)
{
    const Reader begin = *reader;

    while (reader->at < reader->end && field->len <= GW_CSV_MAX_FIELD) {
        char letter = *reader->at++;

        if (letter == '"' && (reader->at == reader->end || *reader->at != '"'))
            return true;
        reader->at += letter == '"';
        reader->line += letter == '\n';
        g_string_append_c(field, letter);
    }
    return fail(&begin, field->len > GW_CSV_MAX_FIELD ? "a field is too long" : "a quote is not closed", error);
}

static bool
read_plain(Reader *reader, GString *field, GError **error)
{
    while (!is_line_end(reader) && *reader->at != ',') {
        if (*reader->at == '"')
            return fail(reader, "a quote stands inside a field that does not begin with one", error);
        g_string_append_c(field, *reader->at++);
    }
    return field->len <= GW_CSV_MAX_FIELD || fail(reader, "a field is too long", error);
}

static bool
read_field(Reader *reader, GPtrArray *fields, GError **error)
{
    g_autoptr(GString) field = g_string_new(NULL);
    bool quoted = reader->at < reader->end && *reader->at == '"';

    if (fields->len >= GW_CSV_MAX_COLUMNS)
        return fail(reader, "there are too many columns", error);
    reader->at += quoted;
    if (!(quoted ? read_quoted : read_plain)(reader, field, error))
        return false;
    if (!is_line_end(reader) && *reader->at != ',')
        return fail(reader, "something stands behind a closing quote", error);
    g_ptr_array_add(fields, g_string_free(g_steal_pointer(&field), FALSE));
    return true;
}

static bool
read_row(Reader *reader, GPtrArray *fields, GError **error)
{
    if (!read_field(reader, fields, error))
        return false;
    while (reader->at < reader->end && *reader->at == ',') {
        reader->at++;
        if (!read_field(reader, fields, error))
            return false;
    }
    if (reader->at < reader->end)
        reader->at += *reader->at == '\r' ? 2 : 1;
    return true;
}

static bool
is_blank(const GPtrArray *fields)
{
    for (guint i = 0; i < fields->len; i++) {
        if (*(const char *)fields->pdata[i] != '\0')
            return false;
    }
    return true;
}

static bool
read_all(GwCsv *self, Reader *reader, GError **error)
{
    while (reader->at < reader->end) {
        Row *row = g_new(Row, 1);

        *row = (Row){ reader->line, g_ptr_array_new_with_free_func(g_free) };
        g_ptr_array_add(self->rows, row);
        if (self->rows->len > GW_CSV_MAX_ROWS)
            return fail(reader, "there are too many rows", error);
        if (!read_row(reader, row->fields, error))
            return false;
        reader->line++;
        if (is_blank(row->fields))
            g_ptr_array_set_size(self->rows, (int)self->rows->len - 1);
    }
    return true;
}

GwCsv *
gw_csv_new(const char *text, size_t length, GError **error)
{
    g_autoptr(GwCsv) self = NULL;
    Reader reader = { text, text + length, 1 };

    if (length > GW_CSV_MAX_BYTES) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "the table has more than %d kB", GW_CSV_MAX_BYTES / 1024);
        return NULL;
    }
    if (!g_utf8_validate(text, (gssize)length, NULL)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS,
                            "the table is not UTF-8 text: save it as \"CSV UTF-8\"");
        return NULL;
    }
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        reader.at += 3;
    self = g_new0(GwCsv, 1);
    self->rows = g_ptr_array_new_with_free_func(row_free);
    if (!read_all(self, &reader, error))
        return NULL;
    return g_steal_pointer(&self);
}

void
gw_csv_free(GwCsv *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->rows);
    g_free(self);
}

unsigned
gw_csv_get_n_rows(const GwCsv *self)
{
    return self->rows->len;
}

unsigned
gw_csv_get_n_columns(const GwCsv *self, unsigned row)
{
    return ((const Row *)self->rows->pdata[row])->fields->len;
}

unsigned
gw_csv_get_line(const GwCsv *self, unsigned row)
{
    return ((const Row *)self->rows->pdata[row])->line;
}

const char *
gw_csv_get(const GwCsv *self, unsigned row, unsigned column)
{
    const GPtrArray *fields = ((const Row *)self->rows->pdata[row])->fields;

    return column < fields->len ? fields->pdata[column] : "";
}

static bool
is_formula(const char *field)
{
    return *field != '\0' && strchr("=+-@", *field) != NULL;
}

void
gw_csv_append(GString *text, const char *field)
{
    g_autoptr(GString) whole = g_string_new(is_formula(field) ? "'" : "");

    g_string_append(whole, field);
    if (strpbrk(whole->str, "\",\r\n") == NULL) {
        g_string_append(text, whole->str);
        return;
    }
    g_string_replace(whole, "\"", "\"\"", 0);
    g_string_append_printf(text, "\"%s\"", whole->str);
}

const char *
gw_csv_plain(const char *field)
{
    return field[0] == '\'' && is_formula(field + 1) ? field + 1 : field;
}
