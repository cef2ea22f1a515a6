/* media/receiver.h - the tracks that one peer publishes over one transport
 *
 * Finds the track of each packet (SSRC; else RFC 8843 section 9.2: MID extension, then payload type; then RFC 8852:
 * rid), unwraps RTX, asks for what is missing (NACK, RFC 4585), writes receiver reports, transport-wide feedback and
 * keyframe requests.
 * Ownership: the MediaPeer frees it before its transport; that frees its tracks (sinks get track_gone).
 * Thread:    the transport's worker. */
#pragma once

#include "media/stream.h"
#include "media/track.h"
#include "media/transport.h"

G_BEGIN_DECLS

typedef struct MediaReceiver MediaReceiver;

enum { MEDIA_MAX_RECEIVER_STREAMS = 32 };

MediaReceiver *media_receiver_new(MediaTransport *transport);
void media_receiver_free(MediaReceiver *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaReceiver, media_receiver_free)

/* A track exists from here on, packets or not: the first encoding's, which leads to the others (encodings.h). With a mid
 * that is already there the stream is updated (renegotiation) and the same track returned. NULL when
 * MEDIA_MAX_RECEIVER_STREAMS, encodings counted, is reached. */
MediaTrack *media_receiver_add_stream(MediaReceiver *self, const MediaStream *stream);
void media_receiver_remove_stream(MediaReceiver *self, const char *mid);

/* Hand on what the transport received. on_rtcp takes SR, SDES and BYE for the tracks; a packet for senders is not its
 * business and is ignored. */
void media_receiver_on_rtp(MediaReceiver *self, const uint8_t *packet, size_t size, int64_t arrival_us);
void media_receiver_on_rtcp(MediaReceiver *self, const uint8_t *packet, size_t size, int64_t arrival_us);

/* Round trip to this peer by its answers to our reports (us); 0 unknown. */
int64_t media_receiver_get_rtt_us(const MediaReceiver *self);

G_END_DECLS
