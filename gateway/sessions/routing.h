/* gateway/sessions/routing.h - who sees and hears what: one pure decision
 *
 * A slot is agreed early and stays; only what comes through it changes. So nobody can tell from SDP whether somebody
 * observes, and admission, warning and talking in need no renegotiation.
 * Pure: any thread. */
#pragma once

#include "gateway/sessions/state.h"
#include "media/codec.h"

G_BEGIN_DECLS

typedef enum {
    GW_FEED_PARTY,     /* what a party publishes */
    GW_FEED_ANNOUNCER, /* spoken notices and warnings */
    GW_FEED_OFFICER,   /* whoever talks in */
    GW_FEED_SPOT,      /* of a star: the party that is looked at */
} GwFeed;

typedef enum {
    GW_ROUTE_NOTHING,
    GW_ROUTE_PARTY, /* the source of the slot's party and kind */
    GW_ROUTE_ANNOUNCER,
    GW_ROUTE_OFFICER, /* the microphone, in a star also the camera, of the officer who has the floor */
    GW_ROUTE_SPOT,
} GwRoute;

#define GW_TALK_TO_ALL "*"

/* Of a recorded session that has just begun, see gate.h. */
typedef enum {
    GW_GATE_OPEN,
    GW_GATE_PROVING,
    GW_GATE_CLOSED,
} GwGateState;

typedef struct {
    GwSessionState state;
    GwRecordingClass recording_class;
    const char *talk_to; /* NULL: nobody talks in; GW_TALK_TO_ALL; or a party's name */
    GwGateState gate;
    bool star;        /* parties see only the officer who talks to them, observers every party */
    const char *spot; /* of a star; NULL: nobody */
    bool spot_for_all;
} GwRoutingState;

typedef struct {
    const char *party; /* who watches */
    GwRole role;
} GwRoutingWatcher;

typedef struct {
    GwFeed feed;
    const char *party; /* of GW_FEED_PARTY */
    MediaKind kind;
} GwRoutingSlot;

GwRoute gw_routing_decide(const GwRoutingState *state, const GwRoutingWatcher *watcher, const GwRoutingSlot *slot);

/* Whether what a party (or an observer's microphone) publishes may leave its source at all: neither to people nor to
 * the journal otherwise. */
bool gw_routing_may_flow(const GwRoutingState *state, GwRole publisher, bool has_floor);

G_END_DECLS
