/* gateway/lessons/lessons.h - lessons (F75): one room to many offices, who was there how long, and checks that a person decides
 *
 * A lesson is a star session (sessions/routing.h) of kind "lesson": whoever teaches looks on from the console and has the floor;
 * the offices' terminals ring and receive. An office counts as present while its terminal sends and somebody there has said who
 * is in the room. Planned, running and unsigned lessons are kept in memory, written through, and go on after a restart.
 * service.c builds it after calls/. Ownership: main. Thread: main. */
#pragma once

#include "gateway/calls/calls.h"

G_BEGIN_DECLS

enum {
    GW_LESSONS_MAX = 300, /* planned, running, or not signed yet */
    GW_LESSON_MAX_PLACES = 200,
    GW_LESSON_MAX_PUPILS = 60, /* of one office */
    GW_LESSON_MAX_CHECKS = 20,
    GW_LESSON_MIN_MINUTES = 5,
    GW_LESSON_MAX_MINUTES = 480,
    GW_LESSON_CHECK_S = 60, /* to answer a check */
};

typedef struct GwLessons GwLessons;

/* Loads (blocking: start-up). pictures_dir: of checks; made when missing. */
GwLessons *gw_lessons_new(const Gateway *gateway, GwSessions *sessions, GwCalls *calls, const char *pictures_dir,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_lessons_free(GwLessons *self); /* running ones are not ended by that */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwLessons, gw_lessons_free)

/* Once a second by itself; tests call it with their own time. */
void gw_lessons_tick(GwLessons *self);

G_END_DECLS
