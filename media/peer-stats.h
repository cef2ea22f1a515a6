/* media/peer-stats.h - adds up what a peer publishes and watches
 *
 * Thread: the worker of the tracks and viewers. */
#pragma once

#include "media/peer.h"
#include "media/sender.h"

G_BEGIN_DECLS

void media_peer_stats_add_track(MediaPeerStats *self, const MediaTrack *track, int64_t now_us);
void media_peer_stats_add_viewer(MediaPeerStats *self, const MediaViewer *viewer, unsigned slot);

uint32_t media_peer_stats_get_jitter_us(const MediaTrack *track, const MediaTrackStats *stats);

G_END_DECLS
