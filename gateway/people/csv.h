/* gateway/people/csv.h - a table as text: RFC 4180, with limits
 *
 * Fields are separated by commas, rows by CRLF or LF; a field in quotes may hold both, and quotes doubled. Blank lines are passed
 * over, a byte order mark too. Ownership: the caller. Thread: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

enum {
    GW_CSV_MAX_BYTES = 900 * 1024, /* what one message of a page holds */
    GW_CSV_MAX_ROWS = 20001,
    GW_CSV_MAX_COLUMNS = 32,
    GW_CSV_MAX_FIELD = 4000, /* bytes */
};

typedef struct GwCsv GwCsv;

/* Fails with SIG_ERROR_BAD_PARAMS and "line N: ...": not UTF-8, a NUL, a quote out of place, too large. */
GwCsv *gw_csv_new(const char *text, size_t length, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_csv_free(GwCsv *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwCsv, gw_csv_free)

unsigned gw_csv_get_n_rows(const GwCsv *self);
unsigned gw_csv_get_n_columns(const GwCsv *self, unsigned row);
unsigned gw_csv_get_line(const GwCsv *self, unsigned row);                /* where it begins, from 1 */
const char *gw_csv_get(const GwCsv *self, unsigned row, unsigned column); /* "" beyond the row's end; borrowed */

/* Appends a field as it must be written. Not the comma. What a spreadsheet would take for a formula gets a ' in front. */
void gw_csv_append(GString *text, const char *field);
/* Without that ' again; borrowed. */
const char *gw_csv_plain(const char *field);

G_END_DECLS
