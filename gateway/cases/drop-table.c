#include "gateway/cases/drop-table.h"

#include <math.h>
#include <string.h>

#include "gateway/people/csv.h"
#include "signaling/error.h"

#define UNNUMBERED "line 1: " /* what csv.h says of a line that is read alone */

/* Which member stands in which column. */
typedef struct {
    const SigParam *fields[GW_CSV_MAX_COLUMNS]; /* constant */
    unsigned n;
} Header;

static void
row_free(void *data)
{
    GwDropRow *row = data;

    gw_alarm_clear(&row->alarm);
    g_free(row->fault);
    g_free(row);
}

static const SigParam *
find_field(const char *name)
{
    for (const SigParam *field = gw_alarm_fields; field->name != NULL; field++) {
        if (g_ascii_strcasecmp(field->name, name) == 0)
            return field;
    }
    return NULL;
}

static bool
has_field(const Header *header, const SigParam *field)
{
    for (unsigned i = 0; i < header->n; i++) {
        if (header->fields[i] == field)
            return true;
    }
    return false;
}

static bool
check_complete(const Header *header, GError **error)
{
    for (const SigParam *field = gw_alarm_fields; field->name != NULL; field++) {
        if (field->optional || has_field(header, field))
            continue;
        g_set_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "The first line names no column '%s'.", field->name);
        return false;
    }
    return true;
}

static bool
read_header(const GwCsv *csv, Header *header, GError **error)
{
    for (unsigned i = 0; i < gw_csv_get_n_columns(csv, 0); i++) {
        g_autofree char *name = g_strstrip(g_strdup(gw_csv_get(csv, 0, i)));
        const SigParam *field = find_field(name);

        if (field == NULL || has_field(header, field)) {
            g_set_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS,
                        field == NULL ? "Column %u of the first line is not known: it names the columns, separated by "
                                        "commas, as alarm_id,person_ref,unit_code,kind,occurred_at."
                                      : "Column %u of the first line is there twice.",
                        i + 1);
            return false;
        }
        header->fields[header->n++] = field;
    }
    return check_complete(header, error);
}

static bool
set_number(JsonObject *object, const char *name, const char *text, GError **error)
{
    char *end = NULL;
    double number = g_ascii_strtod(text, &end);

    if (strspn(text, "+-.0123456789eE") != strlen(text) || *end != '\0' || !isfinite(number)) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "%s is not a number.", name);
        return false;
    }
    json_object_set_double_member(object, name, number);
    return true;
}

static bool
read_alarm(const Header *header, const GwCsv *csv, GwAlarm *ret_alarm, GError **error)
{
    g_autoptr(JsonObject) object = json_object_new();

    if (gw_csv_get_n_columns(csv, 0) > header->n) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "It has more fields than the first line.");
        return false;
    }
    for (unsigned i = 0; i < header->n; i++) {
        g_autofree char *field = g_strstrip(g_strdup(gw_csv_get(csv, 0, i)));
        const char *name = header->fields[i]->name, *text = gw_csv_plain(field);

        if (*text == '\0')
            continue;
        if (header->fields[i]->type != SIG_TYPE_NUMBER)
            json_object_set_string_member(object, name, text);
        else if (!set_number(object, name, text, error))
            return false;
    }
    return gw_alarm_read(object, ret_alarm, error);
}

/* One line, alone. NULL without an error: it is blank. */
static GwCsv *
read_line(const char *bytes, size_t size, GError **error)
{
    g_autoptr(GwCsv) csv = NULL;

    if (size > GW_ALARM_MAX_BYTES) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_TOO_LARGE, "A line has at most %d bytes.", GW_ALARM_MAX_BYTES);
        return NULL;
    }
    csv = gw_csv_new(bytes, size, error);
    if (csv != NULL && gw_csv_get_n_rows(csv) > 0)
        return g_steal_pointer(&csv);
    return NULL;
}

static const char *
get_sentence(const GError *error)
{
    return g_str_has_prefix(error->message, UNNUMBERED) ? error->message + strlen(UNNUMBERED) : error->message;
}

static void
add_row(GPtrArray *rows, const Header *header, const GwCsv *csv, unsigned line, const GError *unreadable)
{
    GwDropRow *row = g_new0(GwDropRow, 1);
    g_autoptr(GError) error = NULL;

    row->line = line;
    if (unreadable != NULL)
        row->fault = g_strdup(get_sentence(unreadable));
    else if (!read_alarm(header, csv, &row->alarm, &error))
        row->fault = g_strdup(error->message);
    g_ptr_array_add(rows, row);
}

/* The first line that is not blank is the header, the others are rows. */
static bool
take_line(GPtrArray *rows, Header *header, GBytes *text, unsigned line, GError **error)
{
    g_autoptr(GError) unreadable = NULL;
    size_t size = 0;
    const char *bytes = g_bytes_get_data(text, &size);
    g_autoptr(GwCsv) csv = read_line(bytes != NULL ? bytes : "", size, &unreadable);

    if (csv == NULL && unreadable == NULL)
        return true;
    if (header->n == 0 && unreadable != NULL) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "The first line: %s", get_sentence(unreadable));
        return false;
    }
    if (header->n == 0)
        return read_header(csv, header, error);
    if (rows->len >= GW_DROP_MAX_ROWS) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_TOO_LARGE, "A file has at most %d alarms: split it.", GW_DROP_MAX_ROWS);
        return false;
    }
    add_row(rows, header, csv, line, unreadable);
    return true;
}

static bool
take_lines(GPtrArray *rows, const char *bytes, size_t size, GError **error)
{
    const char *at = bytes, *end = bytes + size;
    Header header = { .n = 0 };

    for (unsigned line = 1; at < end; line++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const char *next = stop != NULL ? stop + 1 : end;
        size_t length = (size_t)((stop != NULL ? stop : end) - at);
        length -= length > 0 && at[length - 1] == '\r';
        g_autoptr(GBytes) text = g_bytes_new_static(at, length);

        if (!take_line(rows, &header, text, line, error))
            return false;
        at = next;
    }
    if (header.n > 0)
        return true;
    g_set_error_literal(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "The file is empty.");
    return false;
}

GPtrArray *
gw_drop_table_read(const char *bytes, size_t size, GError **error)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(row_free);

    if (size > GW_DROP_MAX_BYTES) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_TOO_LARGE, "A file has at most %d kB: split it.",
                    GW_DROP_MAX_BYTES / 1024);
        return NULL;
    }
    return take_lines(rows, bytes, size, error) ? g_steal_pointer(&rows) : NULL;
}
