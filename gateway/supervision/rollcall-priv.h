/* gateway/supervision/rollcall-priv.h - what the files of roll-calls share
 *
 *   rollcall.c           one roll-call: what may happen when, and what follows from it
 *   rollcall-office.c    one office of it: its JSON and its row in the store
 *   rollcall-sheet.c     the sheet: JSON, and a page to print
 *   rollcall-store.c     written and read back
 *   rollcall-floor.c     whom somebody talks to, and whose turn it is
 *   rollcalls.c          all of them; what is so of every gathering is in gatherings/
 *   rollcall-methods.c, rollcall-routes.c: the rows */
#pragma once

#include "gateway/gatherings/gathering.h"
#include "gateway/gatherings/offices.h"
#include "gateway/supervision/rollcall.h"

G_BEGIN_DECLS

typedef struct GwRollcall GwRollcall;

typedef enum {
    GW_OFFICE_RINGING,
    GW_OFFICE_ANSWERED,
    GW_OFFICE_ABSENT, /* its clock ran out */
    GW_OFFICE_DECLINED,
    GW_OFFICE_BUSY,        /* in a visit, or in somebody else's roll-call: reason says which */
    GW_OFFICE_NO_TERMINAL, /* there is nothing that could ring */
    GW_OFFICE_EXCUSED,
    GW_OFFICE_N_STATES,
} GwOfficeState;

typedef struct {
    GwCallee base; /* first; its reason is also why it is excused */
    GwOfficeState state;
    int64_t called_ms, until_ms, answered_ms;
    unsigned calls;  /* how often it was called */
    char *signer;    /* who answered, by his own word */
    char *by;        /* who excused it */
    char *picture;   /* SHA-256 of what it sent when it answered */
    char *busy_with; /* BUSY: who has it; not kept */
    bool left;       /* it answered, and has gone */
    bool changed;    /* since pages were told last */
} GwOffice;

typedef struct {
    char *text, *sha256; /* NULL: not made yet */
    int64_t entry;       /* of the node's log; -1: not there yet */
} GwSheet;

struct GwRollcall {
    GwGathering base; /* first; its callees are GwOffice */
    unsigned clock_s;
    GwSheet sheet;
};

/* The log is asked to take a sheet. */
typedef struct {
    GwRollcalls *rollcalls; /* NULL: has gone */
    char *rollcall;
} GwSheetAsking;

struct GwRollcalls {
    GwGatherings base; /* first; in memory: running ones, and those that ended within the hour */
    GPtrArray *asking; /* GwSheetAsking, borrowed */
};

static inline GwRollcall *
gw_office_get_rollcall(const GwOffice *self)
{
    return (GwRollcall *)self->base.gathering;
}

/* rollcall-office.c */
GwOffice *gw_office_new(GwRollcall *rollcall, const char *unit, const char *name, const char *terminal);
void gw_office_free(void *office);
const char *gw_office_state_to_string(GwOfficeState state);
GwOfficeState gw_office_state_from_string(const char *word); /* _N_STATES: unknown */
JsonObject *gw_office_to_json(const GwOffice *self);
/* What a sheet says of it: without what is only of the moment. */
JsonObject *gw_office_to_row(const GwOffice *self);
GwStatement *gw_office_make_statement(const GwOffice *self);

/* rollcall.c */
typedef struct {
    const char *name; /* may be "" */
    unsigned clock_s;
    GwRecordingClass recording_class;
    const GwIdentity *identity;
} GwRollcallWish;

GwRollcall *gw_rollcall_new(GwRollcalls *rollcalls);
void gw_rollcall_free(void *rollcall);
/* Takes choices. */
GwRollcall *gw_rollcalls_start(GwRollcalls *self, const GwRollcallWish *wish, GArray *choices, const GwActor *actor,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool gw_rollcall_is_over(const GwRollcall *self);
/* False with SIG_ERROR_STATE: it is over. */
bool gw_rollcall_check_runs(const GwRollcall *self, GError **error);
GwOffice *gw_rollcall_find_office(const GwRollcall *self, const char *unit, GError **error);
/* Who has not answered rings again, with a fresh clock. */
bool gw_rollcall_call_again(GwRollcall *self, GwOffice *office, const GwActor *actor, GError **error);
bool gw_rollcall_excuse(GwRollcall *self, GwOffice *office, const char *reason, const GwActor *actor, GError **error);
bool gw_rollcall_end(GwRollcall *self, const GwActor *actor, GError **error);
void gw_rollcall_sign(GwRollcall *self, GwOffice *office, const char *signer, const GwActor *actor);
void gw_rollcall_take_picture(GwRollcall *self, GwOffice *office, const char *sha256, const GwActor *actor);
/* After a restart. */
void gw_rollcall_bring_back(GwRollcall *self);
extern const GwCallHandler gw_rollcall_call_handler;     /* its user_data is a GwOffice */
JsonObject *gw_rollcall_to_json(const GwRollcall *self); /* without offices */
void gw_rollcall_add_figures(const GwRollcall *self, JsonObject *object);
unsigned gw_rollcall_count(const GwRollcall *self, GwOfficeState state);
void gw_office_set_changed(GwOffice *office); /* written, and told soon */

/* rollcall-sheet.c */
void gw_rollcall_make_sheet(GwRollcall *self);
/* A page to print of a sheet's text; entry -1: not in the log yet. NULL: it is no sheet. Owned. */
char *gw_sheet_to_html(const char *text, const char *sha256, int64_t entry);

/* rollcall-store.c */
void gw_rollcall_write(const GwRollcall *self);
void gw_rollcall_write_offices(const GwRollcall *self);
bool gw_rollcalls_load(GwRollcalls *self, GError **error);

/* rollcall-floor.c */

/* This connection talks to an office, to all, or (NULL, false) to nobody. */
bool gw_rollcall_talk(GwRollcall *self, SigClient *client, GwOffice *office, bool all, GError **error);
void gw_rollcall_note_talk(GwGathering *base, const char *to, const GwActor *actor);
/* It is its turn; for_all: every office sees and hears it. NULL: nobody's. */
bool gw_rollcall_point(GwRollcall *self, GwOffice *office, bool for_all, const GwActor *actor, GError **error);
void gw_rollcall_point_nowhere(GwRollcall *self, const GwActor *actor);

/* rollcalls.c */

/* Who has this office in a running roll-call already; NULL: nobody. */
const GwRollcall *gw_rollcalls_holder_of(const GwRollcalls *self, const char *unit, const GwRollcall *except);

/* rows */
extern const GwGatheringStored gw_rollcall_stored;
extern const SigMethod *const gw_rollcall_methods[];
extern const SigEvent gw_rollcall_events[];
extern const SigRoute gw_rollcall_routes[];

G_END_DECLS
