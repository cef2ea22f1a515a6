/* gateway/duty/shift.h - one shift: where it stands, and who may do what with it
 *
 * A value read from its row. Rules only. Thread: main. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway/store/store.h"

G_BEGIN_DECLS

typedef enum {
    GW_SHIFT_DRAFT, /* not published */
    GW_SHIFT_TO_COME,
    GW_SHIFT_ON_DUTY,
    GW_SHIFT_HANDING_OVER, /* its leader has; nobody has signed for it yet */
    GW_SHIFT_DONE,
} GwShiftState;

/* What was done to it; at_ms 0: not yet. */
typedef struct {
    int64_t at_ms, upto;
    char *by, *text, *items, *next; /* of some NULL */
} GwShiftAct;

typedef struct {
    char *id, *unit, *leader;
    char **members; /* persons, without the leader */
    int64_t from_ms, until_ms;
    bool published;
    GwShiftAct handed, taken; /* handed over; signed for by the next leader */
    /* Of the one before it in this unit. */
    char *before;        /* NULL: nobody has to hand over to it any more */
    int64_t before_upto; /* the last fact of its log, or of one before it; 0: none */
    bool begun;          /* its leader signed for the one before: it need not wait for its hour */
} GwShift;

/* A statement that begins so and goes on with " WHERE ..." on d. */
#define GW_SHIFT_SELECT                                                                                                \
    "SELECT d.id, d.unit, d.leader, d.members, d.from_ms, d.until_ms, d.published, h.at_ms, h.upto, h.display, "       \
    "h.text,"                                                                                                          \
    " h.items, s.at_ms, s.upto, s.display, s.text, s.next,"                                                            \
    " (SELECT p.id FROM duty_shift p WHERE p.unit = d.unit AND p.published = 1 AND p.from_ms < d.from_ms AND NOT "     \
    "EXISTS"                                                                                                           \
    "  (SELECT 1 FROM duty_act a WHERE a.shift = p.id AND a.type = 'sign') ORDER BY p.from_ms LIMIT 1),"               \
    " (SELECT max(a.upto) FROM duty_act a, duty_shift p WHERE a.shift = p.id AND p.unit = d.unit"                      \
    "  AND p.from_ms < d.from_ms),"                                                                                    \
    " (SELECT count(*) FROM duty_act a WHERE a.type = 'sign' AND a.next = d.id)"                                       \
    " FROM duty_shift d LEFT JOIN duty_act h ON h.shift = d.id AND h.type = 'hand-over'"                               \
    " LEFT JOIN duty_act s ON s.shift = d.id AND s.type = 'sign'"

GwShift *gw_shift_from_row(const GwRows *rows, unsigned row);
void gw_shift_free(GwShift *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwShift, gw_shift_free)

const char *gw_shift_state_to_string(GwShiftState state);
GwShiftState gw_shift_get_state(const GwShift *self, int64_t now_ms);
bool gw_shift_has(const GwShift *self, const char *person); /* its leader, or a member */
/* Only the leader hands over. NULL: he may; otherwise why not, a sentence, constant. */
const char *gw_shift_refuse_hand_over(const GwShift *self, const char *person, int64_t now_ms);
/* Where its log begins and ends: facts after this one, and up to that (INT64_MAX: now). */

int64_t gw_shift_get_after(const GwShift *self);
int64_t gw_shift_get_upto(const GwShift *self);

G_END_DECLS
