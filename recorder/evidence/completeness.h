/* recorder/evidence/completeness.h - per party, what of it is missing and why: as the sealer counted it; of recordings from before
 * it did, from the gaps of the files, which know nothing of a silence in which nothing was sent
 *
 * Pure. Thread: any. */
#pragma once

#include <json-glib/json-glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* recording: of recording.json, with "files". {"expected_us","missing_us","gaps":[{"track","from_us","to_us","cause"}]}: gaps lie within the
 * recording; what several tracks miss at once counts once. Taken by the caller. */
JsonObject *rec_completeness_of(JsonObject *recording, const char *party);

G_END_DECLS
