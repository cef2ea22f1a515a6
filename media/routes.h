/* media/routes.h - whether the kernel gives a datagram the right source by itself
 *
 * From a socket that is bound to no address in particular, answers have to leave with the source that was addressed. To name it
 * costs 0.2 µs of the 3 µs of a call; where the kernel's own choice is the same it need not be named, until routes or
 * addresses change, of which netlink tells (rtnetlink(7)).
 * Ownership: MediaNet creates and frees it.
 * Thread:    new and free on main while the worker does not run, the rest on the worker. */
#pragma once

#include "media/address.h"

G_BEGIN_DECLS

typedef struct MediaRoutes MediaRoutes;

/* family: of the socket that sends. NULL where changes cannot be heard of: then sources are named. */
MediaRoutes *media_routes_new(int family);
void media_routes_free(MediaRoutes *self);

/* Readable: something may have changed. */
int media_routes_get_fd(const MediaRoutes *self);
/* Takes the news; what was found before them holds no more. */
void media_routes_drain(MediaRoutes *self);
/* Another number after each change; never 0. */
uint32_t media_routes_get_generation(const MediaRoutes *self);

/* Whether a datagram to remote that names no source leaves from local. Sends nothing; takes some 3 µs. */
bool media_routes_choose(MediaRoutes *self, const MediaAddress *remote, const MediaAddress *local);

G_END_DECLS
