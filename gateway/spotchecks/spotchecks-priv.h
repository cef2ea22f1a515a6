/* gateway/spotchecks/spotchecks-priv.h - what the files of spotchecks/ share
 *
 *   candidates.c   out of whom can be drawn, and how heavy each is
 *   plan.c         preview, and a plan that is frozen
 *   spotcheck.c    one as a row and as JSON; find, get, list
 *   carry-out.c    the draw, its replay, outcomes, withdrawing
 *   spotchecks.c   building; what opens by time; commands.c the owner's row */
#pragma once

#include "gateway/archive/clock.h"
#include "gateway/question.h"
#include "gateway/spotchecks/spotchecks.h"

G_BEGIN_DECLS

enum {
    GW_SPOTCHECKS_MAX_ID = 64,
    GW_SPOTCHECKS_MAX_NAME = 120,  /* bytes */
    GW_SPOTCHECKS_MAX_TEXT = 1000, /* bytes */
    GW_SPOTCHECKS_MAX_LISTED = 5000,
    GW_SPOTCHECKS_MAX_LOTS = 50000, /* all weights of a list together */
    GW_SPOTCHECKS_MAX_DRAWN = 500,
    GW_SPOTCHECKS_MAX_ROWS = 200, /* of one answer */
    GW_SPOTCHECKS_MAX_DAYS_AHEAD = 400,
};

struct GwSpotchecks {
    const Gateway *gateway; /* borrowed */
    GwSubjects *subjects;   /* borrowed */
    GPtrArray *rows;        /* GwQuestionRow, owned */
    GwClock clock;
    bool opening; /* the store is being asked */
    unsigned tick_source;
    /* NULL: the machine's; tests have their own. */
    int64_t (*now)(void *data);
    int64_t (*steady_us)(void *data);
    void *clock_data;
};

int64_t gw_spotchecks_now_ms(const GwSpotchecks *self);

/* candidates.c */
typedef struct {
    char *id, *name, *unit;
    char *reason;    /* why he cannot be drawn; NULL: he can */
    int64_t last_ms; /* when he was last looked at; 0: never */
    unsigned open, past, weight;
} GwCandidate;

/* Of the parameters unit, kind and weighting, sorted by their ids; question->data is the array of GwCandidate then. */
void gw_candidates_collect(GwQuestion *question, GwQuestionStep next);
/* By days since the last look, and by tickets: 1 to GW_DRAW_MAX_WEIGHT. */
unsigned gw_candidate_weigh(const char *weighting, const GwCandidate *candidate, int64_t now_ms);
JsonObject *gw_candidate_to_json(const GwCandidate *self, GwPeople *people);

/* spotcheck.c */
typedef struct {
    char *id, *from_unit, *who, *display, *state, *published, *head, *items, *seed;
    char *reason; /* of withdrawing; NULL */
    int64_t made_ms, opens_ms, opened_ms, drawn_ms;
    unsigned n_drawn, n_done, n_skipped;
    JsonObject *plan; /* head, read; NULL while it is closed */
} GwSpotcheck;

#define GW_SPOTCHECK_COLUMNS                                                                                           \
    "id, from_unit, who, display, state, published, head, seed, reason, made_ms, opens_ms, opened_ms, drawn_ms,"       \
    " (SELECT count(*) FROM spotcheck_item i WHERE i.spotcheck = spotcheck.id),"                                       \
    " (SELECT count(*) FROM spotcheck_item i WHERE i.spotcheck = spotcheck.id AND i.outcome IS NOT NULL),"             \
    " (SELECT count(*) FROM spotcheck_item i WHERE i.spotcheck = spotcheck.id AND i.outcome = 'skipped')"

GwSpotcheck *gw_spotcheck_from_row(const GwRows *rows, unsigned row);
void gw_spotcheck_free(void *spotcheck);
bool gw_spotcheck_is_closed(const GwSpotcheck *self); /* nothing of it is to be told */
JsonObject *gw_spotcheck_to_json(const GwSpotchecks *self, const GwIdentity *identity, const GwSpotcheck *spotcheck);
/* Parameter "spotcheck", if the asker inspects the unit that planned it; question->data is the GwSpotcheck then. */
void gw_spotcheck_find(GwQuestion *question, GwQuestionStep next);
void gw_spotcheck_find_id(GwQuestion *question, const char *id, GwQuestionStep next);
/* Reads it again; everybody who may see it hears, and the asker is answered with its items. */
void gw_spotcheck_answer(GwQuestion *question);
void gw_spotcheck_tell(const GwSpotchecks *self, const GwSpotcheck *spotcheck);
/* The text of a closed column; NULL with an error. which: "head", "items", "seed". */
char *gw_spotcheck_open_text(const GwSpotchecks *self, const char *id, const char *which, const char *closed,
                             GError **error);
char *gw_spotcheck_close_text(const GwSpotchecks *self, const char *id, const char *which, const char *text,
                              GError **error);
/* GwDrawEntry of the items; names are borrowed from the array. */
GArray *gw_spotcheck_get_entries(JsonArray *items);

extern const GwQuestionMethod gw_spotcheck_methods[], gw_spotcheck_plan_methods[], gw_spotcheck_act_methods[];
const GwQuestionMethod *gw_spotchecks_find_method(const char *name); /* NULL: there is none */

#define GW_SPOTCHECK_PARAM(member)                                                                                     \
    {                                                                                                                  \
        .name = member, .type = SIG_TYPE_STRING, .min = 1, .max = GW_SPOTCHECKS_MAX_ID                                 \
    }

G_END_DECLS
