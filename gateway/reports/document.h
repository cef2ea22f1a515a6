/* gateway/reports/document.h - what is to be printed, as a row of blocks; the same for HTML and for PDF
 *
 * Ownership: the caller. Thread: any, one at a time. */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef enum {
    GW_BLOCK_TITLE,
    GW_BLOCK_UNDER, /* under the title: number, unit */
    GW_BLOCK_HEAD,
    GW_BLOCK_PAIR, /* label, text */
    GW_BLOCK_TEXT, /* paragraphs, separated by newlines */
    GW_BLOCK_BAR,  /* label, number of most */
    GW_BLOCK_SIGN, /* a line to sign on, under which label stands */
    GW_BLOCK_NOTE, /* small, at the end */
} GwBlockKind;

typedef struct {
    GwBlockKind kind;
    char *label, *text; /* owned; may be NULL */
    int64_t number, most;
} GwBlock;

typedef struct {
    GPtrArray *blocks; /* GwBlock, owned */
    char *language;    /* "zh", "en" */
} GwDocument;

enum { GW_DOCUMENT_MAX_BLOCKS = 500 };

GwDocument *gw_document_new(const char *language);
void gw_document_free(GwDocument *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwDocument, gw_document_free)

/* label and text are copied; beyond the limit nothing is added. */
void gw_document_add(GwDocument *self, GwBlockKind kind, const char *label, const char *text);
void gw_document_add_bar(GwDocument *self, const char *label, int64_t number, int64_t most);

/* A page of its own, without anything from elsewhere. Owned. */
char *gw_document_to_html(const GwDocument *self);

G_END_DECLS
