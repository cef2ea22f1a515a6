/* Any bytes as a signed note: what is taken is the same when it is written again, and as a checkpoint it fits its text. */
#include <string.h>

#include "recorder/evidence/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(RecNote) note = rec_note_parse((const char *)data, size, NULL);
    g_auto(RecCheckpoint) checkpoint = { 0 };
    bool parsed = rec_checkpoint_parse((const char *)data, size, &checkpoint, NULL);

    g_assert(!parsed || (note != NULL && g_str_has_prefix(note->text, checkpoint.origin)));
    if (note == NULL)
        return 0;
    g_autofree char *again = rec_note_to_string(note);
    g_assert(strlen(again) == size && memcmp(again, data, size) == 0);
    return 0;
}
