/* signaling/pairs.h - names and values: of headers, a query (?a=b), cookies
 *
 * Thread: any; plain values. */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

enum { SIG_PAIRS_MAX = 100 };

typedef struct SigPairs SigPairs;

SigPairs *sig_pairs_new(void);
void sig_pairs_free(SigPairs *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SigPairs, sig_pairs_free)

/* Takes both; false (and frees them) beyond SIG_PAIRS_MAX. */
bool sig_pairs_add(SigPairs *self, char *name, char *value);

/* Borrowed; the first of that name; NULL when absent. NULL self is empty. */
const char *sig_pairs_get(const SigPairs *self, const char *name);
const char *sig_pairs_get_no_case(const SigPairs *self, const char *name); /* headers */
unsigned sig_pairs_count_no_case(const SigPairs *self, const char *name);
unsigned sig_pairs_get_length(const SigPairs *self);
const char *sig_pairs_get_name(const SigPairs *self, unsigned index);
const char *sig_pairs_get_value(const SigPairs *self, unsigned index);

/* application/x-www-form-urlencoded. What does not decode to UTF-8 without control characters is left out, as is what
 * goes beyond SIG_PAIRS_MAX. text may be NULL. */
SigPairs *sig_pairs_new_from_query(const char *text);
/* The Cookie header (RFC 6265, 5.4), as lenient; values are as sent, without surrounding quotes. */
SigPairs *sig_pairs_new_from_cookies(const char *text);

/* Percent-decodes length bytes; NULL if an escape is broken, or the result is not UTF-8 or has control characters. */
char *sig_percent_decode(const char *text, size_t length, bool plus_is_space);

G_END_DECLS
