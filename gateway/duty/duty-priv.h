/* gateway/duty/duty-priv.h - what the files of duty/ share
 *
 *   shift.c     rules of one shift
 *   roster.c    making and publishing shifts, who is on now
 *   log.c       one shift with its log, its lines and what is open; lines and their edits
 *   items.c     what is open in a unit: tickets, cases, absences, notes; settling one
 *   hand-over.c handing over, signing for it
 *   find.c      the shift of a question; who hears of a change */
#pragma once

#include "gateway/archive/archive-priv.h"
#include "gateway/duty/duty.h"
#include "gateway/duty/shift.h"
#include "gateway/question.h"

G_BEGIN_DECLS

enum {
    GW_DUTY_MAX_ID = 64,
    GW_DUTY_MAX_KEY = 200,
    GW_DUTY_MAX_TEXT = 2000,  /* bytes */
    GW_DUTY_MAX_MEMBERS = 20, /* of one shift */
    GW_DUTY_MAX_REPEAT = 31,  /* days at once */
    GW_DUTY_MAX_ROWS = 500,   /* of one answer */
    GW_DUTY_MAX_LINES = 500,  /* of one log, with their edits */
};

#define GW_DUTY_MAX_SHIFT_MS (INT64_C(7) * 24 * 3600 * 1000)

struct GwDuty {
    const Gateway *gateway; /* borrowed */
    GwFactLog *facts;       /* borrowed */
    GTimeZone *zone;
    GPtrArray *rows; /* GwQuestionRow, owned */
    /* NULL: the machine's; tests have their own. */
    int64_t (*now)(void *data);
    void *clock_data;
};

GwDuty *gw_duty_new_at(const Gateway *gateway, GwFactLog *facts, GTimeZone *zone); /* zone: a reference is taken */
int64_t gw_duty_now_ms(const GwDuty *self);

/* What a question about one shift keeps between its steps. */
typedef struct {
    GwShift *shift; /* owned */
    GwQuestionStep next;
    JsonArray *items; /* owned, may be NULL */
    int64_t upto;
} GwDutyAsk;

/* find.c: the shift of parameter "shift", if the asker reaches its unit; then next. Its data is a GwDutyAsk from then on. */
void gw_duty_find(GwQuestion *question, GwQuestionStep next);
GwShift *gw_duty_get_shift(GwQuestion *question);
JsonObject *gw_duty_shift_to_json(const GwQuestion *question, const GwShift *shift);
void gw_duty_tell(const GwDuty *self, const char *unit);
/* log.c: the shift of the question, read again, is the answer; others hear of it. */
void gw_duty_answer(GwQuestion *question);

/* items.c: what is open in the unit of the question's shift, into its GwDutyAsk; then next. */
void gw_duty_list_items(GwQuestion *question, GwQuestionStep next);

const GwQuestionMethod *gw_duty_find_method(const char *name); /* NULL: there is none */

extern const GwQuestionMethod gw_duty_roster_methods[], gw_duty_log_methods[], gw_duty_item_methods[],
    gw_duty_hand_over_methods[];

#define GW_DUTY_PARAM_ID(member)                                                                                       \
    {                                                                                                                  \
        .name = member, .type = SIG_TYPE_STRING, .min = 1, .max = GW_DUTY_MAX_ID                                       \
    }
#define GW_DUTY_PARAM_TEXT(member, is_optional)                                                                        \
    {                                                                                                                  \
        .name = member, .type = SIG_TYPE_STRING, .optional = is_optional, .min = 1, .max = GW_DUTY_MAX_TEXT            \
    }

G_END_DECLS
