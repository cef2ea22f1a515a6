/* gateway/cases/cases-priv.h - what the files of cases/ share
 *
 *   datum.c, alarm.c     positions, and an alarm as it comes
 *   case.c               one case: rules, JSON; case-store.c: written and read back
 *   intake.c             POST /api/v1/alarms
 *   drop.c               the same by files: drop-folder.c on the disk, drop-table.c read, drop-intake.c one of them
 *   platforms.c          other systems: what each may, and where results go; platform-deliveries.c: how those go
 *   callback.c, post.c   results on their way back, and one request of HTTP
 *   places.c, map.c      where units and cameras are; the map's methods and tiles
 *   case-methods.c       what people do to a case
 *   room.c, room-ring.c, room-store.c, room-methods.c, plans.c   terminals rung at once; speech.c: what is said to them
 *   cases.c              the registry, time, telling */
#pragma once

#include "gateway/archive/archive-priv.h"
#include "gateway/cases/alarm.h"
#include "gateway/cases/cases.h"
#include "gateway/gatherings/gathering.h"

G_BEGIN_DECLS

enum {
    GW_CASES_MAX_ID = 64,
    GW_CASES_MAX_TEXT = 2000, /* bytes of a note */
    GW_CASES_MAX_OPEN = 5000,
    GW_CASES_MAX_KEPT = 20000,  /* in memory: open ones, and the newest of the others */
    GW_CASES_MAX_ALARMS = 1000, /* of one case */
    GW_CASES_MAX_ACTIONS = 200,
    GW_CASES_MAX_ROWS = 500, /* of one answer */
    GW_CASES_NEAR = 4,       /* cameras */
    GW_PLATFORMS_MAX = 100,
    GW_PLACES_MAX = 20000,
    GW_ROOMS_MAX = 50,
    GW_ROOM_MAX_MEMBERS = 100,
    GW_PLANS_MAX = 500,
};

#define GW_CASES_SEES (GW_ACCESS_INSPECTOR | GW_ACCESS_OFFICE)

extern const char *const gw_case_actions[]; /* "call", "photo", "video", "office" */
extern const char *const gw_case_results[]; /* "answered", "no-answer", "refused", "other-person" */

typedef struct {
    char *id, *name, *unit, *token, *callback; /* token: SHA-256; callback: URL, NULL: none */
    uint32_t may;                              /* GW_ACCESS_PLATFORM, _FETCHER */
    int64_t made_ms, revoked_ms, heard_ms;     /* revoked_ms 0: it is not; heard_ms 0: never */
    int64_t written_ms;                        /* heard_ms in the store */
} GwPlatform;

typedef struct {
    GwAlarm alarm;
    int64_t arrived_ms;
} GwCaseAlarm;

typedef struct {
    unsigned n;                                                       /* 1 ... */
    char *action, *result, *session, *request, *note, *who, *display; /* result NULL: under way; request: of a photo */
    int64_t began_ms, ended_ms;
} GwCaseAction;

typedef struct {
    char *id, *platform, *person, *name, *unit; /* name: of the person, NULL: not known here */
    bool unit_known;
    int64_t opened_ms, closed_ms; /* closed_ms 0: open */
    GPtrArray *alarms, *actions;  /* GwCaseAlarm, GwCaseAction, owned, as they came */
    unsigned decided;             /* the action that closed it */
    char *who, *display, *note;   /* who closed it */
} GwCase;

/* A result on its way. */
typedef struct {
    char *case_id, *platform;
    unsigned tries;
    int64_t next_ms, made_ms;
    bool done, running;
    char *message; /* of the last try; NULL: none */
} GwCallback;

typedef struct GwRoom GwRoom;
typedef struct GwDrops GwDrops;

struct GwCases {
    const Gateway *gateway; /* borrowed */
    GwCasesNeeds needs;
    GHashTable *by_id;     /* owns GwCase */
    GHashTable *open;      /* "PLATFORM PERSON" -> GwCase */
    GHashTable *platforms; /* id -> GwPlatform, owned */
    GHashTable *places;    /* "unit:ID" -> GwPosition, owned */
    GHashTable *callbacks; /* case id -> GwCallback, owned: those that are not done, and of closed cases in memory */
    GHashTable *plans;     /* id -> GwPlan, owned */
    GwGatherings rooms;    /* of GwRoom */
    GwDrops *drops;        /* owned */
    GCancellable *gone;    /* cancelled when this is freed */
    unsigned n_posting;
    guint tick_source;
    int64_t (*now)(void *data); /* NULL: the machine's; tests have their own */
    void *clock_data;
};

int64_t gw_cases_now_ms(const GwCases *self);

/* case.c */
GwCase *gw_case_new(const char *id);
void gw_case_free(void *self);
bool gw_case_is_open(const GwCase *self);
GwCaseAction *gw_case_find_action(const GwCase *self, unsigned n); /* NULL: none */
/* Where it was last seen to be: of the alarm that occurred last and has a position; NULL: none says. Borrowed. */
const GwCaseAlarm *gw_case_get_last_seen(const GwCase *self);
const GwCaseAlarm *gw_case_get_last(const GwCase *self); /* by when it occurred */
bool gw_case_alarm_is_ahead(const GwCaseAlarm *self);
JsonObject *gw_case_to_json(GwCases *cases, const GwCase *self);       /* a row of a list */
JsonObject *gw_case_to_whole_json(GwCases *cases, const GwCase *self); /* with alarms and actions */
void gw_case_action_free(void *action);
void gw_case_alarm_free(void *alarm);

/* case-store.c */
GwStatement *gw_case_to_statement(const GwCase *self);
GwStatement *gw_case_alarm_to_statement(const GwCase *self, const GwCaseAlarm *alarm);
GwStatement *gw_case_action_to_statement(const GwCase *self, const GwCaseAction *action);
bool gw_cases_load(GwCases *self, GError **error);

/* cases.c */
void gw_cases_adopt(GwCases *self, GwCase *one); /* takes it */
/* What this person may see; NULL with an error. */
GwCase *gw_cases_find_for(GwCases *self, const GwIdentity *identity, const char *id, GError **error);
GwCase *gw_cases_find_open(GwCases *self, const char *platform, const char *person);
void gw_cases_tell(GwCases *self, const GwCase *one);
void gw_cases_tell_all(GwCases *self, const char *unit, const char *event, JsonObject *params); /* takes params */
void gw_cases_note(GwCases *self, const GwActor *actor, const char *action, const char *object, JsonObject *detail);
GwActor gw_cases_actor_of(SigRequest *request);

/* An action that begins, or one that has its result at once (result not NULL). Borrowed. */
typedef struct {
    const char *action, *result, *session, *request, *note;
    int64_t began_ms, ended_ms; /* 0: now */
} GwCaseActionInput;

GwCaseAction *gw_cases_act(GwCases *self, GwCase *one, const GwCaseActionInput *input, const GwActor *actor,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Of outcome, what has to do with the end: result, note, and where it was recorded. */
bool gw_cases_set_result(GwCases *self, GwCase *one, GwCaseAction *action, const GwCaseActionInput *outcome,
                         const GwActor *actor, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool gw_cases_close(GwCases *self, GwCase *one, unsigned decided, const char *note, const GwActor *actor,
                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool gw_cases_assign(GwCases *self, GwCase *one, const char *unit, const GwActor *actor,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* intake.c: one alarm comes in. done gets the answer or an error, now or later; both borrowed. Takes what alarm holds. */
typedef void (*GwAlarmDone)(JsonObject *answer, const GError *error, void *user_data);
void gw_cases_take_alarm(GwCases *self, const GwPlatform *platform, GwAlarm *alarm, GwAlarmDone done, void *user_data);

/* platforms.c */
void gw_platform_free(void *platform);
bool gw_platforms_load(GwCases *self, GError **error);
GwPlatform *gw_platforms_find_by_secret(GwCases *self, const char *secret);
void gw_platforms_hear(GwCases *self, GwPlatform *platform); /* it has come */
/* For a page: if the asker is an administrator of its unit; otherwise the request is answered. */
GwPlatform *gw_platforms_find_for(GwCases *self, SigRequest *request, JsonObject *params);
void gw_platforms_note(GwCases *self, const GwActor *actor, const char *action, const GwPlatform *platform);
/* platform-deliveries.c: {waiting, done, tries?, next_ms?, message?}, of all results to it. */
JsonObject *gw_deliveries_to_json(const GwCases *self, const GwPlatform *platform);

/* callback.c */
void gw_callback_free(void *callback);
bool gw_callback_check_url(const GwCases *self, const char *url, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool gw_callbacks_load(GwCases *self, GError **error);
void gw_callbacks_add(GwCases *self, const GwCase *one);
void gw_callbacks_tick(GwCases *self);
JsonObject *gw_callback_to_json(const GwCallback *self);

/* places.c */
bool gw_places_load(GwCases *self, GError **error);
const GwPosition *gw_places_find(const GwCases *self, const char *kind, const char *id); /* NULL: nobody has said */
bool gw_places_set(GwCases *self, const char *object, GwPosition position, GError **error);
void gw_places_remove(GwCases *self, const char *object);
/* The nearest cameras that this person reaches, as [{id, name, unit, lat, lon, distance_m}]. */
JsonArray *gw_places_near(GwCases *self, const GwIdentity *identity, GwPosition position, unsigned most);
/* The same without asking whose: for what the gateway does by itself. Borrowed ids; NULL-terminated, owned array. */
const char **gw_places_near_ids(GwCases *self, GwPosition position, const char *below, unsigned most);

/* room.c, plans.c */
void gw_plan_free(void *plan);
bool gw_plans_load(GwCases *self, GError **error);
extern const GwGatheringKind gw_room_kind;
bool gw_rooms_load(GwCases *self, GError **error);

/* rows */
extern const SigMethod *const gw_case_methods[],
    *const gw_platform_methods[], *const gw_delivery_methods[], *const gw_map_methods[], *const gw_room_methods[],
                                                                                             *const gw_plan_methods[];
extern const SigEvent gw_case_events[];
extern const SigRoute gw_alarm_routes[], gw_map_routes[];
extern const GwAdminCommand gw_platform_commands[], gw_place_commands[], gw_alarm_commands[];

G_END_DECLS
