/* recorder/evidence/completeness.h - per party, what of it is missing and why: from the gaps of its files
 *
 * Pure. Thread: any. */
#pragma once

#include <json-glib/json-glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* files: of recording.json. {"expected_us","missing_us","gaps":[{"track","from_us","to_us","cause"}]}: gaps lie within the
 * recording; what several tracks miss at once counts once. Taken by the caller. */
JsonObject *rec_completeness_of(JsonArray *files, const char *party, int64_t duration_us);

G_END_DECLS
