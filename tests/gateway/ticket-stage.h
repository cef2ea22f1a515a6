/* tests/gateway/ticket-stage.h - tickets with a tree of units and persons in each tier, asked without pages, at a time that stands
 * still, in a zone that has summer time
 *
 * Header only: each test is one program. */
#pragma once

#include <string.h>

#include "gateway/people/people-priv.h"
#include "gateway/tickets/tickets-priv.h"
#include "scratch.h"
#include "signaling/params.h"

#define DAY_MS      (INT64_C(24) * 3600 * 1000)
#define BEGAN_MS    (INT64_C(1774447200) * 1000) /* 2026-03-25 15:00 in the zone: summer time begins on the 29th */
#define SUMMER_ZONE "CET-1CEST,M3.5.0,M10.5.0/3"

typedef struct {
    Scratch scratch;
    GwConfig config;
    Gateway gateway;
    GTimeZone *zone;
    GwTickets *tickets;
    int64_t now_ms, steady_ms;
    /* Of the last question. */
    JsonObject *result;
    GError *error;
    unsigned answered;
} TicketStage;

static inline int64_t
ticket_stage_now(void *self)
{
    return ((TicketStage *)self)->now_ms;
}

static inline int64_t
ticket_stage_steady(void *self)
{
    return ((TicketStage *)self)->steady_ms * 1000;
}

/* ministry > province > city > county > office, office2; a neighbouring city with its county and office3. One inspector in each but
 * the offices, which have one of their own: "i-city", "o-office" ... */
static inline void
ticket_stage_furnish(TicketStage *self)
{
    const GwNewUnit units[] = {
        { .id = "ministry", .name = "Ministry", .tier = "ministry" },
        { .id = "province", .name = "Province", .tier = "province", .parent = "ministry" },
        { .id = "city", .name = "City", .tier = "city", .parent = "province" },
        { .id = "county", .name = "County", .tier = "county", .parent = "city" },
        { .id = "office", .name = "Office", .tier = "office", .parent = "county" },
        { .id = "office2", .name = "Second office", .tier = "office", .parent = "county" },
        { .id = "city2", .name = "Other city", .tier = "city", .parent = "province" },
        { .id = "office3", .name = "Its office", .tier = "office", .parent = "city2" },
    };
    g_autoptr(GError) error = NULL;

    for (unsigned i = 0; i < G_N_ELEMENTS(units); i++) {
        bool office = strcmp(units[i].tier, "office") == 0;
        g_autofree char *id = g_strconcat(office ? "o-" : "i-", units[i].id, NULL);
        g_autofree char *second = g_strconcat("second-", id, NULL);
        const GwNewPerson person = { id, id, id, units[i].id, office ? "office" : "inspector" };
        const GwNewPerson other = { second, second, second, units[i].id, office ? "office" : "inspector" };
        g_assert_nonnull(gw_directory_add_unit(self->gateway.people->directory, &units[i], &error));
        g_assert_nonnull(gw_directory_add_person(self->gateway.people->directory, &person, &error));
        g_assert_nonnull(gw_directory_add_person(self->gateway.people->directory, &other, &error));
    }
    const GwNewPerson administrator = { "admin", "admin", "admin", "ministry", "administrator" };
    g_assert_nonnull(gw_directory_add_person(self->gateway.people->directory, &administrator, &error));
}

static inline void
ticket_stage_open(TicketStage *self, const char *zone)
{
    g_autoptr(GError) error = NULL;

    scratch_open(&self->scratch);
    scratch_open_people(&self->scratch);
    if (self->now_ms == 0) {
        self->now_ms = BEGAN_MS;
        self->steady_ms = 1000000;
    }
    self->config = (GwConfig){ .data_dir = self->scratch.dir, .tickets = { .climb_hours = 48 } };
    self->gateway = (Gateway){ .config = &self->config,
                               .store = self->scratch.store,
                               .audit = self->scratch.audit,
                               .people = self->scratch.people };
    self->zone = g_time_zone_new_identifier(zone);
    g_assert_nonnull(self->zone);
    self->tickets = gw_tickets_new_at(&self->gateway, self->zone, &error);
    g_assert_no_error(error);
    self->tickets->now = ticket_stage_now;
    self->tickets->steady_us = ticket_stage_steady;
    self->tickets->clock_data = self;
}

static inline void
ticket_stage_close(TicketStage *self)
{
    g_clear_pointer(&self->result, json_object_unref);
    g_clear_error(&self->error);
    gw_store_flush(self->scratch.store);
    gw_tickets_free(self->tickets);
    g_time_zone_unref(self->zone);
    scratch_close(&self->scratch);
}

static inline void
ticket_stage_clear(TicketStage *self)
{
    static const char *const endings[] = { "", "-wal", "-shm", "-journal" };

    ticket_stage_close(self);
    for (unsigned i = 0; i < G_N_ELEMENTS(endings); i++) {
        g_autofree char *name = g_strconcat(self->scratch.path, endings[i], NULL);
        g_unlink(name);
    }
    g_rmdir(self->scratch.dir);
    g_free(self->scratch.path);
    g_free(self->scratch.dir);
}

static inline void
ticket_stage_on_answer(JsonObject *result, const GError *error, void *user_data)
{
    TicketStage *self = user_data;

    self->answered++;
    g_clear_pointer(&self->result, json_object_unref);
    self->result = result != NULL ? json_object_ref(result) : NULL;
    if (error == NULL)
        return;
    g_clear_error(&self->error);
    self->error = g_error_copy(error);
}

/* Asks, and does not wait. params: JSON. */
static inline void
ticket_stage_begin(TicketStage *self, const char *person, const char *method, const char *params)
{
    const GwQuestionMethod *row = gw_tickets_find_method(method);
    const GwPerson *who = gw_people_get_person(self->gateway.people, person);
    g_autofree char *audit = g_strconcat("person:", person, NULL);
    g_autoptr(JsonNode) node = json_from_string(params, NULL);
    g_autoptr(GError) error = NULL;

    g_assert_nonnull(row);
    g_assert_nonnull(node);
    g_assert_nonnull(who);
    const GwIdentity identity = {
        .seat = GW_SEAT_CONSOLE,
        .access = who->access,
        .id = person,
        .display = person,
        .unit = who->unit,
        .audit = audit,
    };
    const GwQuestionRow asked = { &self->gateway, self->tickets, row->run };
    g_assert_cmpuint(row->method.access & who->access, !=, 0);
    if (!sig_params_check(row->method.params, json_node_get_object(node), &error))
        ticket_stage_on_answer(NULL, error, self);
    else
        gw_question_run(&asked, &identity, json_node_get_object(node), NULL, ticket_stage_on_answer, self);
}

static inline void
ticket_stage_wait(TicketStage *self, unsigned answers)
{
    while (self->answered < answers)
        g_main_context_iteration(NULL, TRUE);
}

static inline bool
ticket_stage_try(TicketStage *self, const char *person, const char *method, const char *params)
{
    self->answered = 0;
    g_clear_error(&self->error);
    ticket_stage_begin(self, person, method, params);
    ticket_stage_wait(self, 1);
    return self->error == NULL;
}

static inline void
ticket_stage_ask(TicketStage *self, const char *person, const char *method, const char *params)
{
    if (!ticket_stage_try(self, person, method, params))
        g_error("%s of %s failed: %s", method, person, self->error->message);
}

static inline void
ticket_stage_refuse(TicketStage *self, const char *person, const char *method, const char *params, SigError code)
{
    g_assert_false(ticket_stage_try(self, person, method, params));
    g_assert_error(self->error, SIG_ERROR, (int)code);
}

/* An act upon a ticket; more: ",\"text\":..." or "". */
static inline void
ticket_stage_act(TicketStage *self, const char *person, const char *act, const char *ticket, const char *more)
{
    g_autofree char *method = g_strconcat("tickets.", act, NULL);
    g_autofree char *params = g_strdup_printf("{\"ticket\":\"%s\"%s}", ticket, more);

    ticket_stage_ask(self, person, method, params);
}

static inline void
ticket_stage_refuse_act(TicketStage *self, const char *person, const char *act, const char *ticket, const char *more,
                        SigError code)
{
    g_autofree char *method = g_strconcat("tickets.", act, NULL);
    g_autofree char *params = g_strdup_printf("{\"ticket\":\"%s\"%s}", ticket, more);

    ticket_stage_refuse(self, person, method, params, code);
}

/* Its id; owned. */
static inline char *
ticket_stage_create(TicketStage *self, const char *person, const char *unit, const char *due)
{
    static unsigned n = 0;
    g_autofree char *params = g_strdup_printf("{\"client\":\"client-%u\",\"units\":[\"%s\"],\"type\":\"files\","
                                              "\"text\":\"Files of March are missing\",\"due\":\"%s\"}",
                                              n++, unit, due);

    ticket_stage_ask(self, person, "tickets.create", params);
    JsonArray *tickets = json_object_get_array_member(self->result, "tickets");
    g_assert_cmpuint(json_array_get_length(tickets), ==, 1);
    return g_strdup(json_object_get_string_member(json_array_get_object_element(tickets, 0), "id"));
}

static inline JsonObject *
ticket_stage_get(TicketStage *self, const char *person, const char *ticket)
{
    ticket_stage_act(self, person, "get", ticket, "");
    return json_object_get_object_member(self->result, "ticket");
}

static inline unsigned
ticket_stage_count(TicketStage *self, const char *person, const char *filter)
{
    g_autofree char *params = g_strdup_printf("{\"filter\":\"%s\"}", filter);

    ticket_stage_ask(self, person, "tickets.list", params);
    return json_array_get_length(json_object_get_array_member(self->result, "tickets"));
}

static inline void
ticket_stage_at(TicketStage *self, int64_t now_ms)
{
    self->steady_ms += now_ms - self->now_ms;
    self->now_ms = now_ms;
    gw_tickets_tick(self->tickets);
    gw_store_flush(self->scratch.store);
}
