/* recorder/evidence/paper.h - report.html: what a package holds, for people, in Chinese and English
 *
 * One page without scripts or other files; everything from the manifest is escaped. A pure function. Thread: any. */
#pragma once

#include <json-glib/json-glib.h>

#include "recorder/evidence/draft.h"

G_BEGIN_DECLS

GBytes *rec_paper_make(JsonObject *manifest, const RecPackageExport *facts);

G_END_DECLS
