/* media/room-sound.h - who speaks in a room, on its worker: hears every microphone, suppresses those that need not be heard
 *
 * The judgement is speakers.h's. Costs a look at each microphone every MEDIA_SPEAKERS_INTERVAL_US while packets come,
 * nothing per packet and receiver, and no wake-up of its own while somebody sends.
 * Ownership: the room makes and frees it on main; it goes on the worker after all that was posted there before.
 * Thread:    said at each function. */
#pragma once

#include "media/source-priv.h"

G_BEGIN_DECLS

typedef struct MediaRoomSound MediaRoomSound;

enum { MEDIA_ROOM_MAX_MICROPHONES = 512 }; /* more are forwarded unheard */

/* Main. */
MediaRoomSound *media_room_sound_new(MediaWorker *worker, MediaWorker *main);
void media_room_sound_free(MediaRoomSound *self);
void media_room_sound_set_floor(MediaRoomSound *self, MediaSourceCore *core);           /* NULL: nobody */
void media_room_sound_set_func(MediaRoomSound *self, MediaWorkerFunc func, void *data); /* called on main at changes */
bool media_room_sound_is_speaking(const MediaRoomSound *self, const MediaSourceCore *core);

/* Worker. The source's track exists; it is forgotten by itself when that goes. Not sound: ignored. */
void media_room_sound_add(MediaRoomSound *self, MediaSourceCore *core);

G_END_DECLS
