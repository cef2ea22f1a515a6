#include "gateway/sessions/quality.h"

/* Loss before recovery: retransmission hides up to about 5 %, beyond 12 % pictures freeze. */
enum {
    GONE_SILENT_US = 2 * G_USEC_PER_SEC, /* F29, F34: a gap is two seconds without a packet */
    WEAK_MISSING_PERCENT = 4,
    BAD_MISSING_PERCENT = 12,
    WEAK_LOST_PERCENT = 1,
    BAD_LOST_PERCENT = 5,
    WEAK_JITTER_US = 60 * 1000,
    BAD_JITTER_US = 200 * 1000,
    WEAK_PICTURE_US = 3 * G_USEC_PER_SEC,
    BAD_PICTURE_US = 8 * G_USEC_PER_SEC,
    WEAK_RTT_US = 400 * 1000,
    BAD_RTT_US = 1000 * 1000,
    WEAK_SHARE_PERCENT = 70,
    BAD_SHARE_PERCENT = 25,
    WEAK_DROPPED_PERCENT = 1,
    BAD_DROPPED_PERCENT = 2,
    WEAK_BUSY_PERCENT = 85,
    BAD_BUSY_PERCENT = 97,

    WORSE_US = 2 * G_USEC_PER_SEC,
    BETTER_US = 5 * G_USEC_PER_SEC,
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
grade(int64_t value, int64_t weak, int64_t bad)
{
    if (value >= bad)
        return GW_QUALITY_BAD;
    return value >= weak ? GW_QUALITY_WEAK : GW_QUALITY_GOOD;
}

static GwQualityLevel
judge_us(const GwQualityInput *input)
{
    GwQualityLevel level = grade(input->dropped_percent, WEAK_DROPPED_PERCENT, BAD_DROPPED_PERCENT);

    return MAX(level, grade(input->busy_percent, WEAK_BUSY_PERCENT, BAD_BUSY_PERCENT));
}

static GwQualityLevel
judge_uplink(const GwQualityInput *input)
{
    GwQualityLevel level = grade(input->up_missing_percent, WEAK_MISSING_PERCENT, BAD_MISSING_PERCENT);

    level = MAX(level, grade(input->up_lost_percent, WEAK_LOST_PERCENT, BAD_LOST_PERCENT));
    level = MAX(level, grade(input->jitter_us, WEAK_JITTER_US, BAD_JITTER_US));
    return MAX(level, grade(input->picture_silent_us, WEAK_PICTURE_US, BAD_PICTURE_US));
}

static GwQualityLevel
judge_downlink(const GwQualityInput *input)
{
    GwQualityLevel level = grade(input->down_loss_percent, WEAK_MISSING_PERCENT, BAD_MISSING_PERCENT);

    if (!input->watches)
        return GW_QUALITY_GOOD;
    if (input->estimate == 0 || input->wanted == 0)
        return level;
    uint64_t share = (uint64_t)input->estimate * 100 / input->wanted;
    if (share < BAD_SHARE_PERCENT)
        return GW_QUALITY_BAD;
    return share < WEAK_SHARE_PERCENT ? MAX(level, GW_QUALITY_WEAK) : level;
}

GwQualityVerdict
gw_quality_judge(const GwQualityInput *input)
{
    if (!input->publishes || input->silent_us < 0)
        return (GwQualityVerdict){ GW_QUALITY_GONE, GW_QUALITY_NO_MEDIA };
    if (input->silent_us >= GONE_SILENT_US)
        return (GwQualityVerdict){ GW_QUALITY_GONE, GW_QUALITY_THEIR_UPLINK };

    GwQualityLevel ours = judge_us(input), up = judge_uplink(input), down = judge_downlink(input);
    GwQualityLevel level = MAX(MAX(up, down), grade(input->rtt_us, WEAK_RTT_US, BAD_RTT_US));

    if (ours > GW_QUALITY_GOOD) /* what we drop looks like the fault of their line */
        return (GwQualityVerdict){ MAX(level, ours), GW_QUALITY_OURS };
    if (level == GW_QUALITY_GOOD)
        return (GwQualityVerdict){ GW_QUALITY_GOOD, GW_QUALITY_OK };
    return (GwQualityVerdict){ level, down > up ? GW_QUALITY_THEIR_DOWNLINK : GW_QUALITY_THEIR_UPLINK };
}

static bool
is_same(GwQualityVerdict a, GwQualityVerdict b)
{
    return a.level == b.level && a.why == b.why;
}

static GwQualityVerdict
show(GwQualityMemory *self, GwQualityVerdict verdict)
{
    *self = (GwQualityMemory){ .known = true, .shown = verdict, .next = verdict };
    return verdict;
}

GwQualityVerdict
gw_quality_follow(GwQualityMemory *self, GwQualityVerdict verdict, int64_t now_us)
{
    if (!self->known || verdict.level == GW_QUALITY_GONE || self->shown.level == GW_QUALITY_GONE ||
        is_same(verdict, self->shown))
        return show(self, verdict);

    /* The patience is with the direction: a line that is bad or weak in turns is at least weak. */
    bool better = verdict.level < self->shown.level;
    if (is_same(self->next, self->shown) || better != (self->next.level < self->shown.level))
        self->next_since_us = now_us;
    self->next = verdict;
    if (now_us - self->next_since_us >= (better ? BETTER_US : WORSE_US))
        return show(self, verdict);
    return self->shown;
}
