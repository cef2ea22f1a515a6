/* gateway/sessions/observers.h - who looks on at a session from the console: one party for each connection
 *
 * Visits, roll-calls and lessons keep one list each. One of them may have the floor (gw_session_set_talk()).
 * Ownership: the list owns observers; their parties are the session's. Thread: main. */
#pragma once

#include "gateway/sessions/session.h"

G_BEGIN_DECLS

enum { GW_OBSERVERS_MAX = 16 };

/* By one connection. */
typedef struct {
    SigClient *client; /* borrowed */
    char *person, *display, *audit;
    GwParty *party; /* borrowed */
} GwObserver;

GPtrArray *gw_observers_new(void); /* of GwObserver */
/* Frees them, and takes their parties out of the session; nobody is told. */
void gw_observers_clear(GPtrArray *self, GwSession *session);

GwObserver *gw_observers_find(const GPtrArray *self, const SigClient *client);         /* NULL: it does not look on */
GwObserver *gw_observers_find_talker(const GPtrArray *self, const GwSession *session); /* NULL: the floor is free */
/* Fails with SIG_ERROR_LIMIT. The identity is copied. */
GwObserver *gw_observers_add(GPtrArray *self, GwSession *session, SigClient *client, const GwIdentity *identity,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_observers_remove(GPtrArray *self, GwSession *session, GwObserver *observer);
/* Fails with SIG_ERROR_STATE while somebody else has the floor. */
bool gw_observers_check_floor(const GPtrArray *self, const GwSession *session, const GwObserver *observer,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

GwActor gw_observer_get_actor(const GwObserver *self); /* borrows from it */

G_END_DECLS
