/* media/inlet.h - a sound and a picture that a process of ours brings, by plain RTP and RTCP over a local socket
 *
 * The socket keeps messages apart (SOCK_SEQPACKET); each is one RTP packet or one RTCP compound of at most
 * MEDIA_TRACK_MAX_PACKET bytes, told apart as in RFC 5761. Payload types: 96 VP8, 102 H.264, 111 Opus. Wanted key frames go
 * back as PLI. What is no such packet is dropped. The sources stay when the process goes: another one may take over.
 * Ownership: the caller frees the inlet before its room. The sources are the inlet's: ref to keep.
 * Thread:    main; sockets are read on the room's worker, some packets a pass, so that nobody is kept waiting. */
#pragma once

#include "media/source.h"

G_BEGIN_DECLS

typedef struct MediaInlet MediaInlet;

enum { MEDIA_INLET_BATCH = 32, MEDIA_INLET_MAX_BATCHES = 4 /* a pass */ };

MediaInlet *media_inlet_new(MediaRoom *room);
void media_inlet_free(MediaInlet *self); /* its sources have ended */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaInlet, media_inlet_free)

MediaSource *media_inlet_get_source(const MediaInlet *self, MediaKind kind); /* borrowed */

/* Takes fd, in place of the one before. -1: none. */
void media_inlet_connect(MediaInlet *self, int fd);

G_END_DECLS
