/* gateway/lessons/lessons-priv.h - what the files of lessons share
 *
 *   lesson.c           one lesson: planned, taught, ended, signed
 *   attendee.c         one office of it: its terminal rings, answers, says who is there
 *   check.c            presence checks: asked, answered at the office, decided by a person
 *   lesson-json.c      as pages and the store have it
 *   lesson-store.c     written and read back
 *   lessons.c          all of them; what is so of every gathering is in gatherings/
 *   lesson-methods.c, lesson-run.c, lesson-terminal.c, lesson-office.c, lesson-hours.c: the rows */
#pragma once

#include "gateway/gatherings/gathering.h"
#include "gateway/lessons/attendance.h"
#include "gateway/lessons/lessons.h"

G_BEGIN_DECLS

typedef struct GwLesson GwLesson;

typedef enum {
    GW_LESSON_PLANNED,
    GW_LESSON_LIVE,
    GW_LESSON_ENDED, /* checks may still be decided */
    GW_LESSON_SIGNED,
    GW_LESSON_CANCELLED,
    GW_LESSON_N_STATES,
} GwLessonState;

typedef enum {
    GW_ATTENDEE_WAITING, /* it has not begun */
    GW_ATTENDEE_RINGING,
    GW_ATTENDEE_HERE,
    GW_ATTENDEE_DECLINED,
    GW_ATTENDEE_LEFT, /* it was there; rings again by itself */
    GW_ATTENDEE_BUSY, /* likewise */
    GW_ATTENDEE_NO_TERMINAL,
    GW_ATTENDEE_N_STATES,
} GwAttendeeState;

typedef struct {
    char *name, *number; /* number may be "" */
    bool gone;           /* not named any more; what was counted stays */
    int64_t present_ms;
} GwPupil;

typedef struct {
    GwCallee base; /* first */
    GwAttendeeState state;
    GPtrArray *pupils; /* GwPupil, owned */
    bool confirmed;    /* somebody there has said who is in the room, since it answered last */
    int64_t present_ms;
    int64_t again_ms; /* rings again then; 0: not by itself */
} GwAttendee;

typedef enum {
    GW_CHECK_ASKED,
    GW_CHECK_ANSWERED, /* somebody at the office has pressed */
    GW_CHECK_MISSED,
    GW_CHECK_N_ANSWERS,
} GwCheckAnswer;

typedef enum {
    GW_VERDICT_OPEN,
    GW_VERDICT_PASSED,
    GW_VERDICT_FAILED,
    GW_VERDICT_N,
} GwVerdict;

typedef struct {
    unsigned place; /* number */
    GwCheckAnswer answer;
    int64_t answered_ms;
    char *picture; /* SHA-256; NULL: none */
    GwVerdict verdict;
    char *judge;
    int64_t judged_ms;
} GwCheckRow;

typedef struct {
    unsigned number; /* 1 ... */
    int64_t at_ms, until_ms;
    char *by;        /* NULL: by chance */
    GPtrArray *rows; /* GwCheckRow, owned: of places that were there */
} GwCheck;

typedef struct {
    char *teacher;
    int64_t planned_ms;
    unsigned minutes, n_checks; /* checks by chance */
} GwLessonPlan;

struct GwLesson {
    GwGathering base; /* first; its callees are GwAttendee, its spot is seen by all */
    GwLessonPlan plan;
    GwLessonState state;
    GPtrArray *checks;     /* GwCheck, owned */
    unsigned drawn;        /* checks by chance so far */
    int64_t next_check_ms; /* 0: none */
    int64_t looked_ms;     /* when minutes were counted last */
    int64_t written_ms;    /* when it was written last */
    char *sha256;          /* of what was signed */
    bool unwritten;
};

struct GwLessons {
    GwGatherings base;                      /* first */
    bool (*sends)(const GwAttendee *place); /* whether its terminal's media flows; tests put their own in */
};

static inline GwLesson *
gw_attendee_get_lesson(const GwAttendee *self)
{
    return (GwLesson *)self->base.gathering;
}

/* lesson.c */
typedef struct {
    const char *title, *teacher;
    int64_t planned_ms;
    unsigned minutes, n_checks;
    GwRecordingClass recording_class;
    const GwIdentity *identity;
} GwLessonWish;

GwLesson *gw_lesson_new(GwLessons *lessons);
void gw_lesson_free(void *lesson);
/* choices: GwChoice, see gatherings/offices.h. Fails with SIG_ERROR_LIMIT. */
GwLesson *gw_lessons_plan(GwLessons *self, const GwLessonWish *wish, const GArray *choices, const GwActor *actor,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Each fails with SIG_ERROR_STATE when it is not the time for it. */
bool gw_lesson_cancel(GwLesson *self, const char *reason, const GwActor *actor, GError **error);
bool gw_lesson_start(GwLesson *self, const GwActor *actor, GError **error);
bool gw_lesson_end(GwLesson *self, const GwActor *actor, GError **error);
bool gw_lesson_sign(GwLesson *self, const GwActor *actor, GError **error); /* it may be forgotten after this */
/* This office is seen and heard by all; NULL: none. */
bool gw_lesson_show(GwLesson *self, GwAttendee *place, const GwActor *actor, GError **error);
/* What happens while there is no session of it. Takes detail. */
void gw_lesson_audit(const GwLesson *self, const char *action, const GwActor *actor, JsonObject *detail);
bool gw_lesson_check_state(const GwLesson *self, GwLessonState wanted, GError **error);
/* A session again after a restart. */
bool gw_lesson_bring_back(GwLesson *self);
void gw_lesson_tick(GwLesson *self, int64_t now_ms);

/* attendee.c */
GwAttendee *gw_attendee_new(GwLesson *lesson, const char *unit, const char *name, const char *terminal);
void gw_attendee_free(void *place);
GwAttendee *gw_lesson_get_attendee(const GwLesson *self, unsigned number); /* NULL: none */
void gw_attendee_ring(GwAttendee *self);
bool gw_attendee_again(GwAttendee *self, const GwActor *actor, GError **error);
void gw_attendee_resume(GwAttendee *self); /* after a restart */
bool gw_attendee_is_present(const GwAttendee *self);
/* Who is in the room, or will be: objects {name, number?}. Fails with SIG_ERROR_STATE once it is over. */
bool gw_attendee_set_pupils(GwAttendee *self, JsonArray *people, const GwActor *actor, GError **error);
GwPupil *gw_attendee_add_pupil(GwAttendee *self, const char *name, const char *number);
extern const GwCallHandler gw_attendee_call_handler; /* its user_data is a GwAttendee */
void gw_attendee_add_to_now(const GwCallee *callee, JsonObject *object);

/* check.c */
GwCheck *gw_lesson_add_check(GwLesson *self, int64_t at_ms, const char *by);
GwCheckRow *gw_check_add_row(GwCheck *self, unsigned place);
bool gw_lesson_ask(GwLesson *self, const char *by, const GwActor *actor, GError **error);
/* The one that this office should answer now; NULL: none. */
GwCheckRow *gw_attendee_get_check(const GwAttendee *self, const GwCheck **ret_check);
bool gw_attendee_answer_check(GwAttendee *self, const GwActor *actor, GError **error);
bool gw_lesson_judge(GwLesson *self, unsigned check, unsigned place, GwVerdict verdict, const GwActor *actor,
                     GError **error);
void gw_lesson_draw_check(GwLesson *self); /* when the next by chance is due */
void gw_lesson_tick_checks(GwLesson *self, int64_t now_ms);
unsigned gw_attendee_count_verdicts(const GwAttendee *self, GwVerdict verdict);

/* lesson-json.c */
const char *gw_lesson_state_to_string(GwLessonState state);
JsonObject *gw_lesson_to_json(const GwLesson *self);  /* of a list */
JsonObject *gw_lesson_to_sheet(const GwLesson *self); /* with places and checks: what is stored and signed */
JsonObject *gw_lesson_to_live(const GwLesson *self);  /* likewise, and what is only of the moment */
JsonObject *gw_attendee_to_json(const GwAttendee *place);
bool gw_lesson_read_sheet(GwLesson *self, JsonObject *sheet);

/* lesson-store.c */
void gw_lesson_write(GwLesson *self);
bool gw_lessons_load(GwLessons *self, GError **error);

/* rows */
extern const GwGatheringStored gw_lesson_stored;
extern const SigMethod *const gw_lesson_methods[];
extern const SigMethod *const gw_lesson_run_methods[];
extern const SigMethod *const gw_lesson_terminal_methods[];
extern const SigMethod *const gw_lesson_office_methods[];
extern const SigMethod *const gw_lesson_hours_methods[];
extern const SigEvent gw_lesson_events[];
extern const SigRoute gw_lesson_routes[];
extern const SigRoute gw_lesson_hours_routes[];

G_END_DECLS
