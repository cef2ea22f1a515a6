/* gateway/visits/notices.h - every sentence that is spoken in a visit, and the words of how visits end
 *
 * The one place for these texts: pages get them from visits.presets and visit.warned, and the build makes the voices
 * from them (list-notices.c, tools/make-voices): VOICES_DIR/zh/NAME.opus and VOICES_DIR/en/NAME.opus.
 * Constant. Any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

typedef struct {
    const char *name;
    const char *text_zh, *text_en;
    bool warning; /* an officer may choose it (visits.warn) */
    bool at_once; /* interrupts what is being said: somebody acts on it now */
} GwNotice;

/* Ends with { NULL }. */
const GwNotice *gw_notices_get_all(void);
const GwNotice *gw_notices_find(const char *name); /* NULL: unknown */

typedef struct {
    const char *cause;
    const char *text_zh, *text_en;
} GwEndCause;

/* Ends with { NULL }. */
const GwEndCause *gw_end_causes_get_all(void);
bool gw_end_cause_is_known(const char *cause);

G_END_DECLS
