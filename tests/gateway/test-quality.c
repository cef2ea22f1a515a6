#include "gateway/sessions/quality.h"

#define GOOD_LINE                                                                                                      \
    {                                                                                                                  \
        .publishes = true, .watches = true, .has_video = true, .up_bitrate = 800000, .down_bitrate = 800000,           \
        .rtt_us = 40000                                                                                                \
    }

typedef struct {
    const char *name;
    void (*spoil)(GwQualityInput *input);
    const char *level, *why;
} Row;

static void
spoil_nothing(GwQualityInput *input)
{
    (void)input;
}

static void
spoil_gone(GwQualityInput *input)
{
    input->publishes = false;
}

static void
spoil_never_sent(GwQualityInput *input)
{
    input->silent_us = -1;
}

static void
spoil_silent(GwQualityInput *input)
{
    input->silent_us = 2 * G_USEC_PER_SEC;
}

static void
spoil_nearly_silent(GwQualityInput *input)
{
    input->silent_us = 2 * G_USEC_PER_SEC - 1;
}

static void
spoil_up_weak(GwQualityInput *input)
{
    input->up_loss_percent = 4;
}

static void
spoil_up_bad(GwQualityInput *input)
{
    input->up_loss_percent = 12;
    input->down_loss_percent = 5;
}

static void
spoil_down_bad(GwQualityInput *input)
{
    input->down_loss_percent = 30;
    input->up_loss_percent = 5;
}

static void
spoil_down_unwatched(GwQualityInput *input)
{
    input->watches = false;
    input->down_loss_percent = 30;
}

static void
spoil_still(GwQualityInput *input)
{
    input->up_bitrate = 14000;
}

static void
spoil_sound_only(GwQualityInput *input)
{
    input->has_video = false;
    input->up_bitrate = 14000;
}

static void
spoil_far(GwQualityInput *input)
{
    input->rtt_us = 600000;
}

static void
spoil_ours(GwQualityInput *input)
{
    input->dropped_by_us = 3;
}

static const Row rows[] = {
    { "good", spoil_nothing, "good", "ok" },
    { "no peer", spoil_gone, "gone", "no-media" },
    { "connected, never sent", spoil_never_sent, "gone", "no-media" },
    { "silent for two seconds", spoil_silent, "gone", "their-uplink" },
    { "silent for less", spoil_nearly_silent, "good", "ok" },
    { "some loss up", spoil_up_weak, "weak", "their-uplink" },
    { "much loss up, some down", spoil_up_bad, "bad", "their-uplink" },
    { "much loss down, some up", spoil_down_bad, "bad", "their-downlink" },
    { "loss of what nobody watches", spoil_down_unwatched, "good", "ok" },
    { "a picture that is a still", spoil_still, "bad", "their-uplink" },
    { "sound needs little", spoil_sound_only, "good", "ok" },
    { "far away", spoil_far, "weak", "their-uplink" },
    { "we dropped packets", spoil_ours, "weak", "ours" },
};

static void
test_level_and_why(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GwQualityInput input = GOOD_LINE;
        rows[i].spoil(&input);
        GwQualityVerdict verdict = gw_quality_judge(&input);
        g_test_message("%s", rows[i].name);
        g_assert_cmpstr(gw_quality_level_to_string(verdict.level), ==, rows[i].level);
        g_assert_cmpstr(gw_quality_why_to_string(verdict.why), ==, rows[i].why);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sessions/quality/level-and-why", test_level_and_why);
    return g_test_run();
}
