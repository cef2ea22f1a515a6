/* gateway/reports/paper.h - a document as PDF: A4, with pages numbered
 *
 * Drawn by Cairo and Pango with the fonts of the machine (tools/setup has one for Chinese). Thread: any, one at a time. */
#pragma once

#include "gateway/reports/document.h"

G_BEGIN_DECLS

enum { GW_PAPER_MAX_PAGES = 60 }; /* what is beyond is left out, and the last page says so */

GBytes *gw_paper_make(const GwDocument *document, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
