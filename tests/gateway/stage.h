/* tests/gateway/stage.h - everything a visit needs but pages: store, people, media, journal, sessions, visits, and a clock
 * that stands still unless told
 *
 * Header only: each test is one program. */
#pragma once

#include "gateway/people/people-priv.h"
#include "gateway/sessions/recording.h"
#include "gateway/visits/visits-priv.h"
#include "scratch.h"

#define MINUTE_MS INT64_C(60000)
#define SLOT_MS   (INT64_C(1800000000) * 1000) /* when the visit of these tests begins */

typedef struct {
    bool present[GW_N_SIDES], connected[GW_N_SIDES];
} StageLine;

typedef struct {
    Scratch scratch;
    GwConfig config;
    Gateway gateway;
    RecJournal *journal;
    GwSessions *sessions;
    GwVisits *visits;
    int64_t now_ms;
} Stage;

static StageLine stage_line;

static inline bool
stage_is_present(const GwVisit *visit, GwSide side)
{
    (void)visit;
    return stage_line.present[side];
}

static inline bool
stage_is_connected(const GwVisit *visit, GwSide side)
{
    (void)visit;
    return stage_line.connected[side];
}

static const GwVisitLine stage_lines = { .is_present = stage_is_present, .is_connected = stage_is_connected };

static inline int64_t
stage_now(void *self)
{
    return ((Stage *)self)->now_ms;
}

static inline void
stage_open(Stage *self)
{
    const MediaNodeConfig media = { .n_workers = 1, .bind_address = "127.0.0.1" };
    g_autoptr(GError) error = NULL;

    scratch_open(&self->scratch);
    scratch_open_people(&self->scratch);
    self->config = (GwConfig){ .visit = { .open_before_min = 15, .grace_s = 120, .longest_min = 30 } };
    self->gateway = (Gateway){
        .config = &self->config,
        .store = self->scratch.store,
        .audit = self->scratch.audit,
        .people = self->scratch.people,
        .media = media_node_new(&media, &error),
    };
    g_assert_no_error(error);
    self->sessions = gw_sessions_new(&self->gateway);
    gw_sessions_set_clock(self->sessions, stage_now, self);
    g_autofree char *dir = g_build_filename(self->scratch.dir, "journal", NULL);
    const RecJournalConfig journal = { .dir = dir, .n_workers = 1 };
    g_mkdir(dir, 0700);
    self->journal = rec_journal_new(&journal, gw_sessions_get_journal_events(), self->sessions, &error);
    g_assert_no_error(error);
    gw_sessions_set_journal(self->sessions, self->journal);
    self->visits = gw_visits_new(&self->gateway, self->sessions, &error);
    g_assert_no_error(error);
    self->visits->line = &stage_lines;
}

/* As when the service ends; stage_open() begins again with the same files. */
static inline void
stage_close(Stage *self)
{
    gw_visits_free(self->visits);
    gw_sessions_free(self->sessions);
    rec_journal_free(self->journal);
    media_node_free(self->gateway.media);
    scratch_close(&self->scratch);
}

static inline void
stage_remove(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name = NULL;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        g_remove(inner);
    }
    g_rmdir(path);
}

static inline void
stage_clear(Stage *self)
{
    g_autofree char *dir = g_build_filename(self->scratch.dir, "journal", NULL);

    stage_close(self);
    stage_remove(dir);
    stage_remove(self->scratch.dir);
    g_free(self->scratch.path);
    g_free(self->scratch.dir);
    stage_line = (StageLine){ 0 };
}

/* A unit, a terminal, a subject with one visitor. */
static inline void
stage_furnish(Stage *self)
{
    const GwNewUnit unit = { .id = "u", .name = "Prison", .tier = "prison" };
    const GwNewUnit other = { .id = "o", .name = "Another", .tier = "prison" };
    const GwNewTerminal terminal = { .id = "room", .name = "Room 1", .unit = "u" };
    const GwSubjectImport subject = { "s", "Subject", "N-1", "u" };
    const GwVisitorImport visitor = { "v", "s", "Visitor", "mother" };
    g_autoptr(GError) error = NULL;

    g_assert_nonnull(gw_directory_add_unit(self->gateway.people->directory, &unit, &error));
    g_assert_nonnull(gw_directory_add_unit(self->gateway.people->directory, &other, &error));
    g_assert_nonnull(gw_directory_add_terminal(self->gateway.people->directory, &terminal, &error));
    g_assert_true(gw_visits_import_subject(self->visits, &subject, &error));
    g_assert_true(gw_visits_import_visitor(self->visits, &visitor, &error));
    g_assert_no_error(error);
}

static inline GwVisit *
stage_book(Stage *self, const char *id, int64_t starts_ms, GwRecordingClass recording_class)
{
    static const char *const visitors[] = { "v", NULL };
    const GwVisitImport import = {
        .id = id,
        .subject = "s",
        .visitors = visitors,
        .terminal = "room",
        .starts_ms = starts_ms,
        .minutes = 30,
        .recording_class = recording_class,
        .privileged_reason = recording_class == GW_CLASS_PRIVILEGED ? "with a lawyer" : NULL,
    };
    g_autoptr(GError) error = NULL;
    GwVisit *visit = gw_visits_book(self->visits, &import, &error);

    g_assert_no_error(error);
    return visit;
}

static inline void
stage_at(Stage *self, int64_t now_ms)
{
    self->now_ms = now_ms;
    gw_visits_tick(self->visits);
}

static inline void
stage_connect(GwSide side, bool here)
{
    stage_line.present[side] = here;
    stage_line.connected[side] = here;
}
