#include "gateway/sessions/quality.h"

/* Loss is before recovery: retransmission hides up to about 5 %, beyond 12 % pictures freeze. */
enum {
    GONE_SILENT_US = 2 * G_USEC_PER_SEC, /* F29, F34: a gap is two seconds without a packet */
    WEAK_LOSS_PERCENT = 4,
    BAD_LOSS_PERCENT = 12,
    WEAK_RTT_US = 400 * 1000,
    BAD_RTT_US = 1000 * 1000,
    /* Of sound and picture together: a face that hardly moves needs 60 kbit/s, less is a still. */
    WEAK_VIDEO_BITRATE = 40 * 1000,
    BAD_VIDEO_BITRATE = 15 * 1000,
};

const char *
gw_quality_level_to_string(GwQualityLevel level)
{
    static const char *const names[] = { "good", "weak", "bad", "gone" };
    return names[level];
}

const char *
gw_quality_why_to_string(GwQualityWhy why)
{
    static const char *const names[] = { "ok", "their-uplink", "their-downlink", "ours", "no-media" };
    return names[why];
}

static GwQualityLevel
grade(uint64_t value, uint64_t weak, uint64_t bad)
{
    if (value >= bad)
        return GW_QUALITY_BAD;
    return value >= weak ? GW_QUALITY_WEAK : GW_QUALITY_GOOD;
}

static GwQualityLevel
judge_uplink(const GwQualityInput *input)
{
    GwQualityLevel level = grade(input->up_loss_percent, WEAK_LOSS_PERCENT, BAD_LOSS_PERCENT);

    if (input->has_video && input->up_bitrate < BAD_VIDEO_BITRATE)
        level = MAX(level, GW_QUALITY_BAD);
    if (input->has_video && input->up_bitrate < WEAK_VIDEO_BITRATE)
        level = MAX(level, GW_QUALITY_WEAK);
    return level;
}

GwQualityVerdict
gw_quality_judge(const GwQualityInput *input)
{
    if (!input->publishes || input->silent_us < 0)
        return (GwQualityVerdict){ GW_QUALITY_GONE, GW_QUALITY_NO_MEDIA };
    if (input->silent_us >= GONE_SILENT_US)
        return (GwQualityVerdict){ GW_QUALITY_GONE, GW_QUALITY_THEIR_UPLINK };

    GwQualityLevel up = judge_uplink(input);
    GwQualityLevel down =
        input->watches ? grade(input->down_loss_percent, WEAK_LOSS_PERCENT, BAD_LOSS_PERCENT) : GW_QUALITY_GOOD;
    GwQualityLevel far = grade((uint64_t)MAX(input->rtt_us, 0), WEAK_RTT_US, BAD_RTT_US);
    GwQualityLevel level = MAX(MAX(up, down), far);

    if (level == GW_QUALITY_GOOD && input->dropped_by_us == 0)
        return (GwQualityVerdict){ GW_QUALITY_GOOD, GW_QUALITY_OK };
    if (input->dropped_by_us > 0)
        return (GwQualityVerdict){ MAX(level, GW_QUALITY_WEAK), GW_QUALITY_OURS };
    if (down > up)
        return (GwQualityVerdict){ level, GW_QUALITY_THEIR_DOWNLINK };
    return (GwQualityVerdict){ level, GW_QUALITY_THEIR_UPLINK };
}
