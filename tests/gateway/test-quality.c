#include "gateway/sessions/quality.h"

#define GOOD                                                                                                           \
    .publishes = true, .watches = true, .up_bitrate = 800000, .down_bitrate = 800000, .rtt_us = 40000,                 \
    .jitter_us = 5000, .estimate = 2000000, .wanted = 1000000, .busy_percent = 30

typedef struct {
    const char *name;
    GwQualityInput input;
    const char *level, *why;
} Row;

#define SECONDS(n) ((n)*G_USEC_PER_SEC)

/* Later initializers stand for what is wrong with a good line. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#endif
static const Row rows[] = {
    { "good", { GOOD }, "good", "ok" },
    { "no peer", { GOOD, .publishes = false }, "gone", "no-media" },
    { "connected, never sent", { GOOD, .silent_us = -1 }, "gone", "no-media" },
    { "silent for two seconds", { GOOD, .silent_us = SECONDS(2) }, "gone", "their-uplink" },
    { "silent for less", { GOOD, .silent_us = SECONDS(2) - 1 }, "good", "ok" },

    { "quiet sound, no picture", { GOOD, .up_bitrate = 2000, .picture_silent_us = -1 }, "good", "ok" },
    { "a picture that hardly moves", { GOOD, .up_bitrate = 14000 }, "good", "ok" },
    { "a picture that stands", { GOOD, .picture_silent_us = SECONDS(3) }, "weak", "their-uplink" },
    { "a picture that stands for long", { GOOD, .picture_silent_us = SECONDS(8) }, "bad", "their-uplink" },
    { "a picture that stood for a moment", { GOOD, .picture_silent_us = SECONDS(3) - 1 }, "good", "ok" },

    { "some missing up, all recovered", { GOOD, .up_missing_percent = 3 }, "good", "ok" },
    { "more missing up", { GOOD, .up_missing_percent = 4 }, "weak", "their-uplink" },
    { "much missing up", { GOOD, .up_missing_percent = 12 }, "bad", "their-uplink" },
    { "little missing, but for good", { GOOD, .up_missing_percent = 3, .up_lost_percent = 1 }, "weak", "their-uplink" },
    { "some lost for good", { GOOD, .up_lost_percent = 5 }, "bad", "their-uplink" },
    { "uneven", { GOOD, .jitter_us = 60000 }, "weak", "their-uplink" },
    { "very uneven", { GOOD, .jitter_us = 200000 }, "bad", "their-uplink" },
    { "nearly uneven", { GOOD, .jitter_us = 59999 }, "good", "ok" },

    { "some loss down", { GOOD, .down_loss_percent = 4 }, "weak", "their-downlink" },
    { "much loss down, some up", { GOOD, .down_loss_percent = 30, .up_missing_percent = 5 }, "bad", "their-downlink" },
    { "much loss up, some down", { GOOD, .down_loss_percent = 5, .up_missing_percent = 12 }, "bad", "their-uplink" },
    { "loss of what nobody watches", { GOOD, .watches = false, .down_loss_percent = 30 }, "good", "ok" },
    { "a thin line down", { GOOD, .estimate = 699000 }, "weak", "their-downlink" },
    { "a very thin line down", { GOOD, .estimate = 240000 }, "bad", "their-downlink" },
    { "thin, but nothing more is wanted", { GOOD, .estimate = 100000, .wanted = 80000 }, "good", "ok" },
    { "an unknown line down", { GOOD, .estimate = 0 }, "good", "ok" },
    { "a thin line that nobody uses", { GOOD, .watches = false, .estimate = 1000 }, "good", "ok" },

    { "far away", { GOOD, .rtt_us = 600000 }, "weak", "their-uplink" },
    { "far away, some loss down", { GOOD, .rtt_us = 1000000, .down_loss_percent = 4 }, "bad", "their-downlink" },

    { "we dropped packets", { GOOD, .dropped_percent = 1 }, "weak", "ours" },
    { "we dropped many, it misses them", { GOOD, .dropped_percent = 9, .down_loss_percent = 9 }, "bad", "ours" },
    { "our worker is busy", { GOOD, .busy_percent = 85 }, "weak", "ours" },
    { "our worker can do no more", { GOOD, .busy_percent = 97, .jitter_us = 90000 }, "bad", "ours" },
    { "our worker works", { GOOD, .busy_percent = 84 }, "good", "ok" },
};
#pragma GCC diagnostic pop

static void
test_level_and_why(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GwQualityVerdict verdict = gw_quality_judge(&rows[i].input);
        g_test_message("%s", rows[i].name);
        g_assert_cmpstr(gw_quality_level_to_string(verdict.level), ==, rows[i].level);
        g_assert_cmpstr(gw_quality_why_to_string(verdict.why), ==, rows[i].why);
    }
}

static const GwQualityVerdict good = { GW_QUALITY_GOOD, GW_QUALITY_OK };
static const GwQualityVerdict weak = { GW_QUALITY_WEAK, GW_QUALITY_THEIR_UPLINK };
static const GwQualityVerdict weak_down = { GW_QUALITY_WEAK, GW_QUALITY_THEIR_DOWNLINK };
static const GwQualityVerdict bad = { GW_QUALITY_BAD, GW_QUALITY_THEIR_UPLINK };
static const GwQualityVerdict gone = { GW_QUALITY_GONE, GW_QUALITY_NO_MEDIA };

/* One verdict a second, by letters; what was shown comes back the same way. */
static char *
follow(const char *verdicts)
{
    GwQualityMemory memory = { 0 };
    GString *shown = g_string_new(NULL);

    for (int64_t second = 0; verdicts[second] != '\0'; second++) {
        const GwQualityVerdict *verdict = verdicts[second] == 'g'   ? &good
                                          : verdicts[second] == 'w' ? &weak
                                          : verdicts[second] == 'd' ? &weak_down
                                          : verdicts[second] == 'b' ? &bad
                                                                    : &gone;
        GwQualityVerdict got = gw_quality_follow(&memory, *verdict, SECONDS(second));
        g_string_append_c(shown, got.why == GW_QUALITY_THEIR_DOWNLINK ? 'd' : "gwb-"[got.level]);
    }
    return g_string_free(shown, FALSE);
}

static void
test_follow(void)
{
    static const struct {
        const char *name, *verdicts, *shown;
    } lines[] = {
        { "the first counts at once", "b", "b" },
        { "a second of trouble is not shown", "ggwggbgg", "gggggggg" },
        { "two seconds are", "gwwww", "gggww" },
        { "worse, then worse still", "gwbbb", "gggbb" },
        { "better must last", "bggggggg", "bbbbbbgg" },
        { "it flaps: the worse stays", "wwggwggwggggw", "wwwwwwwwwwwww" },
        { "gone at once, and back at once", "gg--gg", "gg--gg" },
        { "another reason must last too", "wddddd", "wwwddd" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *shown = follow(lines[i].verdicts);
        g_test_message("%s", lines[i].name);
        g_assert_cmpstr(shown, ==, lines[i].shown);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sessions/quality/level-and-why", test_level_and_why);
    g_test_add_func("/sessions/quality/does-not-flap", test_follow);
    return g_test_run();
}
