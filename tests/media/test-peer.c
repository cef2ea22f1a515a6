#include "media/peer.h"

#include <string.h>

#include "loopback-peer.h"
#include "media/node-priv.h"
#include "media/peer-priv.h"
#include "media/sdp.h"

enum { QUIET_MS = 150, PATIENCE = 500 };

/* A node with one room, somebody who publishes one Opus stream and somebody who watches it. */
typedef struct {
    MediaNode *node;
    MediaRoom *room, *hall; /* hall: the watcher's own; NULL: none */
    MediaPeer *publisher, *watcher;
    MediaSource *source; /* owned, once source_added came */
    unsigned n_ended;
    LoopbackPeer *camera, *screen;
    GPtrArray *crowd; /* owned MediaPeer: so many watch that the next goes to another worker */
} Fixture;

static void
on_state(MediaPeer *peer G_GNUC_UNUSED, MediaTransportState state G_GNUC_UNUSED, void *data G_GNUC_UNUSED)
{
}

static void
on_added(MediaPeer *peer G_GNUC_UNUSED, MediaSource *source, void *data)
{
    ((Fixture *)data)->source = media_source_ref(source);
}

static void
on_ended(MediaPeer *peer G_GNUC_UNUSED, MediaSource *source, void *data)
{
    g_assert_true(media_source_get_ended(source));
    ((Fixture *)data)->n_ended++;
}

static const MediaPeerEvents events = { on_state, on_added, on_ended, NULL };

static const MediaIceCredentials nobody = { "none", "nothingnothingnothing12" };

static LoopbackPeer *
new_client(const MediaPeer *peer)
{
    LoopbackConfig config = { .port = media_worker_get_port(peer->worker),
                              .profiles = "SRTP_AEAD_AES_128_GCM",
                              .server = &nobody };

    return loopback_peer_new(&config);
}

/* A description of one Opus section, as the client would write it. */
static char *
describe(LoopbackPeer *client, const char *mid, const char *direction, const char *setup)
{
    MediaTransportRemote remote;
    g_autoptr(GString) digest = g_string_new(NULL);

    loopback_peer_get_remote(client, &remote);
    for (unsigned i = 0; i < 32; i++)
        g_string_append_printf(digest, "%s%02X", i > 0 ? ":" : "", remote.fingerprints[0].digest[i]);
    return g_strdup_printf("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE %s\r\n"
                           "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:sha-256 %s\r\na=setup:%s\r\n"
                           "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:%s\r\na=%s\r\na=rtpmap:96 opus/48000/2\r\n",
                           mid, remote.ice.ufrag, remote.ice.pwd, digest->str, setup, mid, direction);
}

/* The client takes the credentials of a description of ours. */
static void
take_ours(LoopbackPeer *client, const char *ours)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MediaSdp) sdp = media_sdp_parse(ours, &error);

    g_assert_no_error(error);
    loopback_peer_set_server(client, &sdp->transport.ice);
}

static void
connect_client(LoopbackPeer *client)
{
    g_assert_cmpint(loopback_peer_check(client, LOOPBACK_CHECK_NOMINATE, LOOPBACK_WAIT_MS), ==, 0);
    loopback_peer_hello(client, 1);
    g_assert_true(loopback_peer_handshake(client));
}

static void
wait_ready(MediaPeer *peer)
{
    for (int i = 0; i < PATIENCE && media_peer_get_state(peer) != MEDIA_TRANSPORT_READY; i++) {
        while (g_main_context_iteration(NULL, FALSE))
            ;
        g_usleep(10000);
    }
    g_assert_cmpint(media_peer_get_state(peer), ==, MEDIA_TRANSPORT_READY);
}

static void
publish(Fixture *f)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *offer = describe(f->camera, "a0", "sendonly", "actpass");
    g_autofree char *answer = media_peer_answer_offer(f->publisher, offer, &error);

    g_assert_no_error(error);
    take_ours(f->camera, answer);
    connect_client(f->camera);
    wait_ready(f->publisher);
    g_assert_nonnull(f->source);
}

static void
watch(Fixture *f)
{
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(media_peer_add_slot(f->watcher, MEDIA_KIND_AUDIO, "family"), ==, 0);
    g_autofree char *offer = media_peer_create_offer(f->watcher, false, &error);
    g_assert_no_error(error);
    g_autofree char *answer = describe(f->screen, "s0", "recvonly", "active");
    g_assert_true(media_peer_accept_answer(f->watcher, answer, &error));
    g_assert_no_error(error);
    take_ours(f->screen, offer);
    connect_client(f->screen);
    wait_ready(f->watcher);
}

/* What a test is given says where the watcher lives: NULL, with the publisher. */
static const char abroad[] = "on another worker", elsewhere[] = "in a room of its own";

static void
set_up(Fixture *f, const void *data)
{
    MediaNodeConfig config = { .n_workers = data == NULL ? 1 : 2, .bind_address = "127.0.0.1" };
    g_autoptr(GError) error = NULL;

    f->node = media_node_new(&config, &error);
    g_assert_no_error(error);
    f->room = media_room_new(f->node);
    f->crowd = g_ptr_array_new_with_free_func((GDestroyNotify)media_peer_free);
    f->publisher = media_peer_new(f->room, "camera", &events, f);
    while (data == abroad && media_room_choose_worker(f->room) == f->room->worker)
        g_ptr_array_add(f->crowd, media_peer_new_watching(f->room, "one of many", &events, f));
    f->hall = data == elsewhere ? media_room_new(f->node) : NULL;
    f->watcher = media_peer_new_watching(f->hall != NULL ? f->hall : f->room, "screen", &events, f);
    g_assert_true((f->watcher->worker != f->room->worker) == (data != NULL));
    f->camera = new_client(f->publisher);
    f->screen = new_client(f->watcher);
}

static void
tear_down(Fixture *f, const void *data G_GNUC_UNUSED)
{
    media_source_unref(f->source);
    media_peer_free(f->publisher);
    media_peer_free(f->watcher);
    g_ptr_array_unref(f->crowd);
    media_room_free(f->hall);
    media_room_free(f->room);
    media_node_free(f->node);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    loopback_peer_free(f->camera);
    loopback_peer_free(f->screen);
}

/* Whether an RTP packet comes through (not the reports that come beside, RFC 5761 section 4). */
static bool
comes_through(Fixture *f, uint16_t n, const char *payload)
{
    uint8_t bytes[LOOPBACK_BYTES];
    size_t size;

    loopback_peer_send_rtp(f->camera, n, payload);
    while (loopback_peer_receive(f->screen, 128, 191, bytes, &size, QUIET_MS)) {
        bool rtcp = bytes[1] >= 192 && bytes[1] <= 223;
        if (!rtcp)
            return true;
    }
    return false;
}

static void
test_one_hears_the_other_through_its_slot(Fixture *f, const void *data G_GNUC_UNUSED)
{
    uint8_t bytes[LOOPBACK_BYTES];
    size_t size = 0;

    publish(f);
    watch(f);
    g_assert_false(comes_through(f, 1, "too early"));
    media_peer_set_slot_source(f->watcher, 0, f->source);
    g_usleep(50000);
    loopback_peer_send_rtp(f->camera, 2, "hello");
    do
        g_assert_true(loopback_peer_receive_media(f->screen, bytes, &size));
    while (bytes[1] >= 192 && bytes[1] <= 223); /* a report */
    g_assert_cmpuint(bytes[1] & 0x7f, ==, 96);  /* where the answer wanted Opus */
    g_assert_cmpmem(bytes + size - 5, 5, "hello", 5);
}

static void
test_an_emptied_slot_is_silent(Fixture *f, const void *data G_GNUC_UNUSED)
{
    publish(f);
    watch(f);
    media_peer_set_slot_source(f->watcher, 0, f->source);
    g_usleep(50000);
    g_assert_true(comes_through(f, 1, "on"));
    media_peer_set_slot_source(f->watcher, 0, NULL);
    g_usleep(50000);
    g_assert_false(comes_through(f, 2, "off"));
}

static void
test_a_paused_source_is_silent(Fixture *f, const void *data G_GNUC_UNUSED)
{
    publish(f);
    watch(f);
    media_peer_set_slot_source(f->watcher, 0, f->source);
    media_source_set_paused(f->source, true);
    g_usleep(50000);
    g_assert_false(comes_through(f, 1, "paused"));
    media_source_set_paused(f->source, false);
    g_usleep(50000);
    g_assert_true(comes_through(f, 2, "resumed"));
}

/* Its slot is fed from a store of the other worker's: what was sent before it came is not lost to it there either. */
static void
test_two_watchers_abroad_share_one_relay(Fixture *f, const void *data G_GNUC_UNUSED)
{
    g_autoptr(MediaPeer) second = media_peer_new_watching(f->room, "second", &events, f);

    publish(f);
    watch(f);
    while (second->worker != f->watcher->worker) { /* they take turns now */
        g_ptr_array_add(f->crowd, g_steal_pointer(&second));
        second = media_peer_new_watching(f->room, "second", &events, f);
    }
    int slot = media_peer_add_slot(second, MEDIA_KIND_AUDIO, "family");
    media_peer_set_slot_source(second, (unsigned)slot, f->source);
    struct MediaRelay *relay = f->source->abroad[media_worker_get_index(second->worker)].relay;
    media_peer_set_slot_source(f->watcher, 0, f->source);
    g_assert_true(f->source->abroad[media_worker_get_index(second->worker)].relay == relay);
    g_usleep(50000);
    g_assert_true(comes_through(f, 1, "both"));
    media_peer_set_slot_source(second, (unsigned)slot, NULL);
    g_usleep(50000);
    g_assert_true(comes_through(f, 2, "one"));
    media_peer_set_slot_source(f->watcher, 0, NULL);
    g_assert_null(f->source->abroad[media_worker_get_index(second->worker)].relay);
    g_usleep(50000);
    g_assert_false(comes_through(f, 3, "none"));
}

static void
test_a_source_that_ends_is_silent_abroad(Fixture *f, const void *data G_GNUC_UNUSED)
{
    publish(f);
    watch(f);
    media_peer_set_slot_source(f->watcher, 0, f->source);
    g_usleep(50000);
    g_assert_true(comes_through(f, 1, "on"));
    g_clear_pointer(&f->publisher, media_peer_free);
    g_assert_true(media_source_get_ended(f->source));
    g_usleep(50000);
    g_assert_false(comes_through(f, 2, "gone"));
    media_peer_set_slot_source(f->watcher, 0, NULL);
    media_peer_set_slot_source(f->watcher, 0, f->source);
}

/* Somebody else, in a third room on the watcher's worker. */
typedef struct {
    Fixture own; /* its node is the other's */
} Neighbour;

static void
set_up_neighbour(Neighbour *self, const Fixture *f)
{
    Fixture *own = &self->own;

    *own = (Fixture){ .node = f->node, .room = media_room_new(f->node) };
    own->publisher = media_peer_new(own->room, "neighbour", &events, own);
    own->camera = new_client(own->publisher);
    own->screen = f->screen;
    publish(own);
}

static void
tear_down_neighbour(Neighbour *self)
{
    media_source_unref(self->own.source);
    media_peer_free(self->own.publisher);
    media_room_free(self->own.room);
    loopback_peer_free(self->own.camera);
}

/* One slot looks into one room after the other; nothing of the one before comes along, and nothing is left behind. */
static void
test_a_slot_goes_from_room_to_room(Fixture *f, const void *data G_GNUC_UNUSED)
{
    unsigned at = media_worker_get_index(f->watcher->worker);
    Neighbour neighbour;

    publish(f);
    watch(f);
    set_up_neighbour(&neighbour, f);
    for (uint16_t turn = 0; turn < 4; turn++) {
        bool first = turn % 2 == 0;
        media_peer_set_slot_source(f->watcher, 0, first ? f->source : neighbour.own.source);
        g_usleep(50000);
        g_assert_cmpint(comes_through(f, (uint16_t)(2 * turn + 1), "here"), ==, first);
        g_assert_cmpint(comes_through(&neighbour.own, (uint16_t)(2 * turn + 2), "there"), ==, !first);
        g_assert_true(f->source->abroad == NULL || (f->source->abroad[at].relay != NULL) == first);
    }
    media_peer_set_slot_source(f->watcher, 0, NULL);
    g_assert_cmpuint(f->source->abroad[at].n_users, ==, 0);
    g_usleep(50000);
    g_assert_false(comes_through(f, 20, "nobody looks"));
    tear_down_neighbour(&neighbour);
}

/* Whoever is looked at goes while it is, and its room with it: the watcher keeps a handle from which nothing comes. */
static void
test_a_room_may_go_while_it_is_looked_at(Fixture *f, const void *data G_GNUC_UNUSED)
{
    Neighbour neighbour;

    publish(f);
    watch(f);
    set_up_neighbour(&neighbour, f);
    media_peer_set_slot_source(f->watcher, 0, neighbour.own.source);
    g_usleep(20000);
    tear_down_neighbour(&neighbour);
    media_peer_set_slot_source(f->watcher, 0, f->source);
    g_usleep(50000);
    g_assert_true(comes_through(f, 1, "the next"));
}

/* Turning pages as fast as somebody can press a key, and faster. */
static void
test_slots_change_many_times_at_once(Fixture *f, const void *data G_GNUC_UNUSED)
{
    unsigned at = media_worker_get_index(f->watcher->worker);

    publish(f);
    watch(f);
    for (unsigned i = 0; i < 500; i++)
        media_peer_set_slot_source(f->watcher, 0, i % 2 == 0 ? f->source : NULL);
    media_peer_set_slot_source(f->watcher, 0, f->source);
    g_usleep(100000);
    g_assert_true(comes_through(f, 1, "in the end"));
    g_assert_cmpuint(f->source->abroad[at].n_users, ==, 1);
}

static void
test_a_source_ends_with_its_section(Fixture *f, const void *data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    publish(f);
    g_autofree char *offer = describe(f->camera, "a0", "inactive", "actpass");
    g_autofree char *answer = media_peer_answer_offer(f->publisher, offer, &error);
    g_assert_no_error(error);
    g_assert_nonnull(strstr(answer, "a=inactive"));
    for (int i = 0; i < PATIENCE && f->n_ended == 0; i++) {
        while (g_main_context_iteration(NULL, FALSE))
            ;
        g_usleep(1000);
    }
    g_assert_cmpuint(f->n_ended, ==, 1);
    media_peer_set_slot_source(f->watcher, (unsigned)media_peer_add_slot(f->watcher, MEDIA_KIND_AUDIO, "x"), f->source);
}

static void
test_somebody_who_may_only_watch_publishes_nothing(Fixture *f, const void *data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *offer = describe(f->camera, "a0", "sendonly", "actpass");

    media_peer_set_may_publish(f->publisher, false);
    g_autofree char *answer = media_peer_answer_offer(f->publisher, offer, &error);
    g_assert_no_error(error);
    g_assert_nonnull(strstr(answer, "a=inactive"));
    g_assert_null(strstr(answer, "a=recvonly"));
}

static void
test_refusals_leave_all_as_it_was(Fixture *f, const void *data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *passive = describe(f->camera, "a0", "sendonly", "passive");
    g_autofree char *answer = describe(f->screen, "s0", "recvonly", "active");

    g_assert_null(media_peer_answer_offer(f->publisher, passive, &error));
    g_assert_error(error, MEDIA_ERROR, MEDIA_ERROR_UNSUPPORTED);
    g_clear_error(&error);
    g_assert_false(media_peer_accept_answer(f->watcher, answer, &error));
    g_assert_error(error, MEDIA_ERROR, MEDIA_ERROR_STATE);
    g_clear_error(&error);
    publish(f);
    watch(f);
    g_assert_false(media_peer_accept_answer(f->watcher, answer, &error));
    g_assert_error(error, MEDIA_ERROR, MEDIA_ERROR_STATE);
    g_clear_error(&error);
    g_assert_null(media_peer_answer_offer(f->watcher, answer, &error));
    g_assert_error(error, MEDIA_ERROR, MEDIA_ERROR_STATE);
}

static void
test_ice_restarts_on_both_sides(Fixture *f, const void *data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    publish(f);
    watch(f);
    media_peer_set_slot_source(f->watcher, 0, f->source);
    g_autofree char *fragment =
        media_peer_patch(f->publisher, "a=ice-ufrag:newu\r\na=ice-pwd:0123456789012345678901\r\n", &error);
    g_assert_no_error(error);
    g_assert_nonnull(strstr(fragment, "a=ice-ufrag:"));
    g_autofree char *offer = media_peer_create_offer(f->watcher, true, &error);
    g_assert_no_error(error);
    take_ours(f->screen, offer);
    g_usleep(50000);
    g_assert_cmpint(loopback_peer_check(f->screen, LOOPBACK_CHECK_NOMINATE, LOOPBACK_WAIT_MS), ==, 0);
    g_assert_true(comes_through(f, 9, "after the restart"));
}

static void
on_removed(void *data)
{
    *(bool *)data = true;
}

static void
ignore_packets(MediaSink *sink G_GNUC_UNUSED, MediaTrack *track G_GNUC_UNUSED, const MediaPacket *packets G_GNUC_UNUSED,
               size_t n G_GNUC_UNUSED)
{
}

static void
test_a_sink_can_be_removed_after_its_source_has_ended(Fixture *f, const void *data G_GNUC_UNUSED)
{
    static const MediaSinkClass klass = { .packets = ignore_packets };
    MediaSink sink = { .klass = &klass };
    bool removed = false;

    publish(f);
    media_source_add_sink(f->source, &sink);
    g_clear_pointer(&f->publisher, media_peer_free);
    g_assert_true(media_source_get_ended(f->source));
    media_source_remove_sink(f->source, &sink, on_removed, &removed);
    for (int i = 0; i < PATIENCE && !removed; i++) {
        while (g_main_context_iteration(NULL, FALSE))
            ;
        g_usleep(1000);
    }
    g_assert_true(removed);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, func) g_test_add("/media/peer/" name, Fixture, NULL, set_up, func, tear_down)
    TEST("one-hears-the-other-through-its-slot", test_one_hears_the_other_through_its_slot);
    TEST("an-emptied-slot-is-silent", test_an_emptied_slot_is_silent);
    TEST("a-paused-source-is-silent", test_a_paused_source_is_silent);
    TEST("a-source-ends-with-its-section", test_a_source_ends_with_its_section);
    TEST("somebody-who-may-only-watch-publishes-nothing", test_somebody_who_may_only_watch_publishes_nothing);
    TEST("refusals-leave-all-as-it-was", test_refusals_leave_all_as_it_was);
    TEST("ice-restarts-on-both-sides", test_ice_restarts_on_both_sides);
    TEST("a-sink-can-be-removed-after-its-source-has-ended", test_a_sink_can_be_removed_after_its_source_has_ended);
#define TEST_ABROAD(name, func) g_test_add("/media/peer/abroad/" name, Fixture, abroad, set_up, func, tear_down)
    TEST_ABROAD("one-hears-the-other-through-its-slot", test_one_hears_the_other_through_its_slot);
    TEST_ABROAD("an-emptied-slot-is-silent", test_an_emptied_slot_is_silent);
    TEST_ABROAD("a-paused-source-is-silent", test_a_paused_source_is_silent);
    TEST_ABROAD("two-watchers-share-one-relay", test_two_watchers_abroad_share_one_relay);
    TEST_ABROAD("a-source-that-ends-is-silent", test_a_source_that_ends_is_silent_abroad);
#define TEST_ELSEWHERE(name, func)                                                                                     \
    g_test_add("/media/peer/elsewhere/" name, Fixture, elsewhere, set_up, func, tear_down)
    TEST_ELSEWHERE("one-hears-the-other-through-its-slot", test_one_hears_the_other_through_its_slot);
    TEST_ELSEWHERE("a-slot-goes-from-room-to-room", test_a_slot_goes_from_room_to_room);
    TEST_ELSEWHERE("a-room-may-go-while-it-is-looked-at", test_a_room_may_go_while_it_is_looked_at);
    TEST_ELSEWHERE("slots-change-many-times-at-once", test_slots_change_many_times_at_once);
    return g_test_run();
}
