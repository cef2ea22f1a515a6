/* tests/gateway/gathering-stage.h - what roll-calls and lessons are tried with: a county of offices whose terminals ring and answer
 *
 * Header only: each test is one program. */
#pragma once

#include "gateway/calls/calls-priv.h"
#include "gateway/gatherings/gathering.h"
#include "gateway/gatherings/offices.h"

#include "stage.h"

typedef struct {
    Stage stage;
    GwCalls *calls;
    GwIdentity identity; /* of person "1" */
    char *pictures;
} GatheringStage;

static inline bool
gathering_stage_is_here(const GwCall *call)
{
    (void)call;
    return true;
}

/* Again after each stage_open(). */
static inline void
gathering_stage_open_calls(GatheringStage *self, const char *pictures)
{
    g_autoptr(GError) error = NULL;

    self->calls = gw_calls_new(&self->stage.gateway, self->stage.sessions, self->stage.visits, &error);
    g_assert_no_error(error);
    self->calls->is_here = gathering_stage_is_here;
    g_free(self->pictures);
    self->pictures = g_build_filename(self->stage.scratch.dir, pictures, NULL);
}

static inline void
gathering_stage_add_unit(GatheringStage *self, const char *id, const char *tier, const char *parent)
{
    const GwNewUnit unit = { .id = id, .name = id, .tier = tier, .parent = parent };
    g_autoptr(GError) error = NULL;

    g_assert_nonnull(gw_directory_add_unit(self->stage.gateway.people->directory, &unit, &error));
    g_assert_no_error(error);
}

static inline void
gathering_stage_add_terminal(GatheringStage *self, const char *id, const char *unit)
{
    const GwNewTerminal terminal = { .id = id, .name = id, .unit = unit };
    g_autoptr(GError) error = NULL;

    g_assert_nonnull(gw_directory_add_terminal(self->stage.gateway.people->directory, &terminal, &error));
    g_assert_no_error(error);
}

static inline void
gathering_stage_add_inspector(GatheringStage *self, const char *id, const char *unit)
{
    const GwNewPerson person = { .id = id, .name = id, .display = id, .unit = unit, .role = "inspector" };
    g_autoptr(GError) error = NULL;

    g_assert_nonnull(gw_directory_add_person(self->stage.gateway.people->directory, &person, &error));
    g_assert_no_error(error);
}

/* o1, o2 ... below the county; the first n_terminals of them have t1, t2 ... */
static inline void
gathering_stage_add_offices(GatheringStage *self, unsigned n, unsigned n_terminals)
{
    for (unsigned i = 1; i <= n; i++) {
        g_autofree char *unit = g_strdup_printf("o%u", i), *terminal = g_strdup_printf("t%u", i);
        gathering_stage_add_unit(self, unit, "office", "county");
        if (i <= n_terminals)
            gathering_stage_add_terminal(self, terminal, unit);
    }
}

static inline void
gathering_stage_open(GatheringStage *self, const char *display, const char *unit)
{
    self->stage.now_ms = SLOT_MS;
    self->identity = (GwIdentity){
        .seat = GW_SEAT_CONSOLE,
        .access = GW_ACCESS_INSPECTOR,
        .id = "1",
        .display = display,
        .unit = unit,
        .audit = "person:1",
    };
    stage_open(&self->stage);
    stage_furnish(&self->stage);
}

/* The service goes and comes; calls are opened anew after it. */
static inline void
gathering_stage_restart(GatheringStage *self)
{
    gw_calls_free(self->calls);
    stage_close(&self->stage);
    stage_open(&self->stage);
}

static inline void
gathering_stage_clear(GatheringStage *self)
{
    gw_calls_free(self->calls);
    stage_remove(self->pictures);
    g_free(self->pictures);
    stage_clear(&self->stage);
}

/* what: JSON. */
static inline GArray *
gathering_stage_choose(GatheringStage *self, const GwIdentity *identity, const char *what, GError **error)
{
    g_autoptr(JsonNode) node = json_from_string(what, NULL);

    return gw_offices_choose(self->stage.gateway.people, identity, json_node_get_object(node), error);
}

static inline void
gathering_stage_answer(GatheringStage *self, const GwCallee *callee)
{
    g_autoptr(GError) error = NULL;

    g_assert_nonnull(gw_calls_answer(self->calls, callee->terminal, gw_call_get_id(callee->call), &error));
    g_assert_no_error(error);
}
