#include "recorder/seal/completeness.h"

#include <string.h>

#include "media/ntp.h"
#include "recorder/output.h"
#include "recorder/pcapng.h"
#include "tests/recorder/folder.h"

static const int64_t START_US = INT64_C(1700000000) * G_USEC_PER_SEC;

/* A journal with two tracks of the family: interface 0 sound, 1 pictures; 2 is somebody else's sound; packets of 100 ms. */
typedef struct {
    char *dir;
    RecOutput *output;
    uint64_t sequences[3];
    SealSession *session;
} Stage;

static int64_t
at(double seconds)
{
    return START_US + (int64_t)(seconds * G_USEC_PER_SEC);
}

static void
put_interface(Stage *self, unsigned number, const char *party, const char *kind, const char *codec)
{
    g_autofree char *name = g_strdup_printf("v1/%s-%s-1", party, kind);
    g_autofree char *text =
        g_strdup_printf("{\"interface\":%u,\"kind\":\"%s\",\"codec\":\"%s\",\"party\":\"%s\",\"label\":\"A\"}", number,
                        kind, codec, party);

    rec_pcapng_put_interface(rec_output_get_buffer(self->output), name, text);
}

static void
stage_init(Stage *self)
{
    g_autoptr(GError) error = NULL;

    *self = (Stage){ .dir = folder_new() };
    self->output = rec_output_new(self->dir, 1, NULL, &error);
    g_assert_no_error(error);
    put_interface(self, 0, "family", "audio", "opus");
    put_interface(self, 1, "family", "video", "VP8");
}

static uint32_t
to_ticks(unsigned interface, int64_t time_us)
{
    static const uint32_t rates[] = { 48000, 90000, 48000 };

    return GUINT32_TO_BE((uint32_t)((time_us - START_US) * rates[interface] / G_USEC_PER_SEC));
}

static void
put_packet(Stage *self, unsigned interface, int64_t made_us, int64_t came_us)
{
    uint32_t timestamp = to_ticks(interface, made_us);
    uint16_t number = GUINT16_TO_BE((uint16_t)self->sequences[interface]);
    uint8_t data[50] = { 0x80, 96 };

    memcpy(data + 2, &number, 2);
    memcpy(data + 4, &timestamp, 4);
    data[11] = (uint8_t)(1 + interface);
    RecPcapngPacket packet = {
        .interface = interface,
        .time_us = came_us,
        .data = data,
        .size = sizeof data,
        .sequence = (1ull << 32) + self->sequences[interface],
    };
    rec_pcapng_put_packet(rec_output_get_buffer(self->output), &packet);
}

static void
send_one(Stage *self, unsigned interface, double from, double to)
{
    for (int64_t time_us = at(from); time_us < at(to); time_us += 100000) {
        put_packet(self, interface, time_us, time_us);
        self->sequences[interface]++;
    }
}

/* The sender's clock goes right. */
static void
put_report(Stage *self, unsigned interface, int64_t time_us)
{
    static const int64_t ntp_to_unix_us = 2208988800 * G_USEC_PER_SEC;
    uint32_t timestamp = to_ticks(interface, time_us);
    uint64_t ntp = GUINT64_TO_BE(media_ntp_from_us(time_us + ntp_to_unix_us));
    uint8_t data[28] = { 0x80, 200, 0, 6, [7] = (uint8_t)(1 + interface) };

    memcpy(data + 8, &ntp, 8);
    memcpy(data + 16, &timestamp, 4);
    RecPcapngPacket packet = {
        .kind = REC_PACKET_RTCP, .interface = interface, .time_us = time_us, .data = data, .size = sizeof data
    };
    rec_pcapng_put_packet(rec_output_get_buffer(self->output), &packet);
}

/* Pictures that stay behind, up to 4 s; what comes while nothing is let through is lost. */
static void
send_late_pictures(Stage *self, double to, double closed, double opened)
{
    for (int64_t time_us = at(0); time_us < at(to); time_us += 100000) {
        int64_t came_us = time_us + MIN((time_us - START_US) / 2, 4 * G_USEC_PER_SEC);
        if (time_us % G_USEC_PER_SEC == 0)
            put_report(self, 1, time_us);
        if (came_us < at(to) && (came_us < at(closed) || came_us >= at(opened)))
            put_packet(self, 1, time_us, came_us);
        self->sequences[1]++;
    }
}

static void
send_both(Stage *self, double from, double to)
{
    send_one(self, 0, from, to);
    send_one(self, 1, from, to);
}

static void
put_entry(Stage *self, const char *kind, const char *const *fields, double seconds)
{
    GString *text = g_string_new(NULL);

    rec_entry_add_number(text, "__REALTIME_TIMESTAMP", at(seconds));
    rec_entry_add(text, "YUANJIAN_KIND", kind);
    rec_entry_add(text, "YUANJIAN_SESSION", "v1");
    for (; fields[0]; fields += 2)
        rec_entry_add(text, fields[0], fields[1]);
    rec_pcapng_put_entry(rec_output_get_buffer(self->output), text->str);
    g_string_free(text, TRUE);
}

static void
say(Stage *self, double seconds, const char *event, const char *detail)
{
    const char *const fields[] = { "YUANJIAN_EVENT", event, "YUANJIAN_DETAIL", detail, NULL };

    put_entry(self, "event", fields, seconds);
}

static const RecParty *
find(Stage *self, const char *name)
{
    g_autoptr(GError) error = NULL;

    if (!self->session) {
        g_assert_true(rec_output_sync(self->output, &error));
        g_clear_pointer(&self->output, rec_output_free);
        self->session = seal_session_read(self->dir, "v1", &error);
        g_assert_no_error(error);
        g_autoptr(GPtrArray) runs = seal_runs_new(self->session);
        seal_completeness_find(self->session, runs);
    }
    for (unsigned i = 0; i < self->session->recording->parties->len; i++) {
        const RecParty *party = self->session->recording->parties->pdata[i];
        if (strcmp(party->party, name) == 0)
            return party;
    }
    return NULL;
}

static void
stage_clear(Stage *self)
{
    seal_session_free(self->session);
    g_clear_pointer(&self->output, rec_output_free);
    folder_free(self->dir);
}

static void
assert_near(int64_t value_us, double seconds)
{
    g_assert_cmpint(value_us, >=, (int64_t)((seconds - 0.25) * G_USEC_PER_SEC));
    g_assert_cmpint(value_us, <=, (int64_t)((seconds + 0.25) * G_USEC_PER_SEC));
}

static void
assert_gap(const RecParty *party, unsigned i, const char *cause, double from, double to)
{
    g_assert_cmpuint(party->gaps->len, >, i);
    const RecGap *gap = &g_array_index(party->gaps, RecGap, i);
    g_test_message("%s: %f to %f: %s", gap->track, (double)(gap->from_us - START_US) / 1e6,
                   (double)(gap->to_us - START_US) / 1e6, gap->cause);
    g_assert_cmpstr(gap->cause, ==, cause);
    assert_near(gap->from_us - START_US, from);
    assert_near(gap->to_us - START_US, to);
}

/* Short silences are none. */
static void
a_whole_visit_misses_nothing(void)
{
    Stage stage;

    stage_init(&stage);
    say(&stage, 0, "admit", "{}");
    send_both(&stage, 0, 10);
    send_both(&stage, 11.5, 30);
    say(&stage, 30, "end", "{}");
    const RecParty *family = find(&stage, "family");
    assert_near(family->expected_us, 30);
    g_assert_cmpint(family->missing_us, ==, 0);
    g_assert_cmpuint(family->gaps->len, ==, 0);
    stage_clear(&stage);
}

static void
one_kind_alone_is_missing(void)
{
    Stage stage;

    stage_init(&stage);
    say(&stage, 0, "admit", "{}");
    send_one(&stage, 0, 0, 30);
    send_one(&stage, 1, 0, 10);
    send_one(&stage, 1, 15, 30);
    say(&stage, 30, "end", "{}");
    const RecParty *family = find(&stage, "family");
    assert_near(family->missing_us, 5);
    g_assert_cmpuint(family->gaps->len, ==, 1);
    assert_gap(family, 0, "network", 10, 15);
    g_assert_cmpstr(g_array_index(family->gaps, RecGap, 0).track, ==, "family-video-1");
    stage_clear(&stage);
}

typedef struct {
    const char *begins, *begins_detail, *ends, *ends_detail, *cause;
} Case;

static const Case cases[] = {
    { "pause", "{}", "resume", "{}", "paused" },
    { "leave", "{\"party\":\"family\"}", "enter", "{\"party\":\"family\"}", "left" },
    { "leave", "{\"party\":\"family\"}", "return", "{}", "left" },
    { "leave", "{\"party\":\"terminal\"}", "return", "{}", "network" },
    { "drop", "{\"party\":\"family\",\"why\":\"no-media\"}", "return", "{}", "network" },
    { "drop", "{\"party\":\"family\",\"why\":\"left\"}", "return", "{}", "left" },
    { "mute", "{\"party\":\"terminal\"}", "unmute", "{\"party\":\"terminal\"}", "network" },
    { "mute", "{\"party\":\"family\"}", "unmute", "{\"party\":\"family\"}", "muted" },
    { "warn", "{}", "warn", "{}", "network" },
};

static void
events_explain_what_is_missing(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Stage stage;
        stage_init(&stage);
        say(&stage, 0, "admit", "{}");
        send_both(&stage, 0, 10);
        say(&stage, 10, cases[i].begins, cases[i].begins_detail);
        say(&stage, 15, cases[i].ends, cases[i].ends_detail);
        send_both(&stage, 15, 30);
        say(&stage, 30, "end", "{}");
        const RecParty *family = find(&stage, "family");
        assert_near(family->expected_us, 30);
        assert_near(family->missing_us, 5);
        g_assert_cmpuint(family->gaps->len, ==, 2); /* sound and picture */
        assert_gap(family, 0, cases[i].cause, 10, 15);
        assert_gap(family, 1, cases[i].cause, 10, 15);
        stage_clear(&stage);
    }
}

/* A slow sender: what came while nothing was let through was made before. */
static void
what_came_late_into_a_pause_was_paused(void)
{
    Stage stage;

    stage_init(&stage);
    say(&stage, 0, "admit", "{}");
    send_one(&stage, 0, 0, 10);
    send_one(&stage, 0, 15, 30);
    send_late_pictures(&stage, 30, 10, 15);
    say(&stage, 10, "pause", "{}");
    say(&stage, 15, "resume", "{}");
    say(&stage, 30, "end", "{}");
    const RecParty *family = find(&stage, "family");
    g_assert_cmpuint(family->gaps->len, ==, 3);
    assert_gap(family, 0, "paused", 6.6, 11); /* of the pictures */
    assert_gap(family, 1, "paused", 10, 15);
    assert_gap(family, 2, "network", 26, 30); /* never came */
    stage_clear(&stage);
}

/* A page that is muted goes on sending silence. */
static void
muted_sound_is_missing_though_packets_come(void)
{
    Stage stage;

    stage_init(&stage);
    say(&stage, 0, "admit", "{}");
    send_both(&stage, 0, 30);
    say(&stage, 10, "mute", "{\"party\":\"family\",\"kind\":\"audio\"}");
    say(&stage, 20, "unmute", "{\"party\":\"family\",\"kind\":\"audio\"}");
    say(&stage, 30, "end", "{}");
    const RecParty *family = find(&stage, "family");
    assert_near(family->missing_us, 10);
    g_assert_cmpuint(family->gaps->len, ==, 1);
    assert_gap(family, 0, "muted", 10, 20);
    g_assert_cmpstr(g_array_index(family->gaps, RecGap, 0).track, ==, "family-audio-1");
    stage_clear(&stage);
}

static void
a_restart_is_the_nodes_fault(void)
{
    Stage stage;

    stage_init(&stage);
    say(&stage, 0, "admit", "{}");
    send_both(&stage, 0, 10);
    say(&stage, 16, "restart", "{}");
    say(&stage, 20, "return", "{}");
    send_both(&stage, 20, 30);
    say(&stage, 30, "end", "{}");
    const RecParty *family = find(&stage, "family");
    assert_near(family->missing_us, 10);
    assert_gap(family, 0, "node", 10, 20);
    stage_clear(&stage);
}

static void
what_could_not_be_written_is_the_recorders(void)
{
    static const char *const sound[] = { "YUANJIAN_TRACK", "family-audio-1", "YUANJIAN_FROM", "1700000010000000",
                                         NULL };
    Stage stage;

    stage_init(&stage);
    say(&stage, 0, "admit", "{}");
    send_one(&stage, 1, 0, 30);
    send_one(&stage, 0, 0, 10);
    send_one(&stage, 0, 15, 30);
    put_entry(&stage, "gap", sound, 15);
    say(&stage, 30, "end", "{}");
    assert_gap(find(&stage, "family"), 0, "recorder", 10, 15);
    stage_clear(&stage);
}

/* That the line was found to be gone says nothing new. */
static void
a_gap_of_one_cause_is_one(void)
{
    Stage stage;

    stage_init(&stage);
    say(&stage, 0, "admit", "{}");
    send_both(&stage, 0, 10);
    say(&stage, 18, "drop", "{\"party\":\"family\",\"why\":\"no-media\"}");
    say(&stage, 30, "end", "{}");
    const RecParty *family = find(&stage, "family");
    g_assert_cmpuint(family->gaps->len, ==, 2); /* sound and picture */
    assert_gap(family, 0, "network", 10, 30);
    assert_gap(family, 1, "network", 10, 30);
    stage_clear(&stage);
}

/* A pause, in the middle of which the line broke. */
static void
a_gap_of_two_causes_is_two(void)
{
    Stage stage;

    stage_init(&stage);
    say(&stage, 0, "admit", "{}");
    send_both(&stage, 0, 10);
    say(&stage, 10, "pause", "{}");
    say(&stage, 20, "resume", "{}");
    send_both(&stage, 26, 30);
    say(&stage, 30, "end", "{}");
    const RecParty *family = find(&stage, "family");
    assert_near(family->missing_us, 16);
    g_assert_cmpuint(family->gaps->len, ==, 4);
    assert_gap(family, 0, "paused", 10, 20);
    assert_gap(family, 2, "network", 20, 26);
    stage_clear(&stage);
}

/* From the admission to the end, whenever the first packet comes; who never sends is missing all the time. */
static void
sides_are_expected_from_their_admission(void)
{
    Stage stage;

    stage_init(&stage);
    say(&stage, 0, "admit", "{}");
    send_both(&stage, 5, 20);
    say(&stage, 25, "leave", "{\"party\":\"terminal\"}");
    say(&stage, 30, "end", "{}");
    const RecParty *family = find(&stage, "family");
    assert_near(family->missing_us, 15);
    assert_gap(family, 0, "network", 0, 5);
    const RecParty *terminal = find(&stage, "terminal");
    assert_near(terminal->expected_us, 30);
    assert_near(terminal->missing_us, 30);
    assert_gap(terminal, 0, "network", 0, 25);
    assert_gap(terminal, 1, "terminal", 25, 30);
    stage_clear(&stage);
}

static void
who_speaks_at_will_misses_nothing(void)
{
    static const struct {
        const char *party, *first_event;
        double missing;
    } who[] = {
        { "announcer", "admit", 0 },
        { "officer-1", "admit", 0 },
        { "announcer", "open", 0 },
        { "office-1", "open", 20 }, /* in a meeting everybody is there */
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(who); i++) {
        Stage stage;
        stage_init(&stage);
        put_interface(&stage, 2, who[i].party, "audio", "opus");
        say(&stage, 0, who[i].first_event, "{}");
        send_both(&stage, 0, 30);
        send_one(&stage, 2, 0, 4);
        send_one(&stage, 2, 24, 28);
        say(&stage, 30, "end", "{}");
        const RecParty *party = find(&stage, who[i].party);
        assert_near(party->missing_us, who[i].missing);
        g_assert_cmpuint(party->gaps->len, ==, who[i].missing > 0 ? 1 : 0);
        stage_clear(&stage);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/recorder/completeness/a-whole-visit-misses-nothing", a_whole_visit_misses_nothing);
    g_test_add_func("/recorder/completeness/one-kind-alone-is-missing", one_kind_alone_is_missing);
    g_test_add_func("/recorder/completeness/events-explain-what-is-missing", events_explain_what_is_missing);
    g_test_add_func("/recorder/completeness/muted-sound-is-missing-though-packets-come",
                    muted_sound_is_missing_though_packets_come);
    g_test_add_func("/recorder/completeness/what-came-late-into-a-pause-was-paused",
                    what_came_late_into_a_pause_was_paused);
    g_test_add_func("/recorder/completeness/a-gap-of-one-cause-is-one", a_gap_of_one_cause_is_one);
    g_test_add_func("/recorder/completeness/a-restart-is-the-nodes-fault", a_restart_is_the_nodes_fault);
    g_test_add_func("/recorder/completeness/what-could-not-be-written-is-the-recorders",
                    what_could_not_be_written_is_the_recorders);
    g_test_add_func("/recorder/completeness/a-gap-of-two-causes-is-two", a_gap_of_two_causes_is_two);
    g_test_add_func("/recorder/completeness/who-speaks-at-will-misses-nothing", who_speaks_at_will_misses_nothing);
    g_test_add_func("/recorder/completeness/sides-are-expected-from-their-admission",
                    sides_are_expected_from_their_admission);
    return g_test_run();
}
