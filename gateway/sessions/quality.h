/* gateway/sessions/quality.h - how good a party's line is, and whose fault it is: one pure judgement
 *
 * Pure: any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef enum {
    GW_QUALITY_GOOD,
    GW_QUALITY_WEAK,
    GW_QUALITY_BAD,
    GW_QUALITY_GONE,
} GwQualityLevel;

typedef enum {
    GW_QUALITY_OK,
    GW_QUALITY_THEIR_UPLINK,
    GW_QUALITY_THEIR_DOWNLINK,
    GW_QUALITY_OURS,
    GW_QUALITY_NO_MEDIA,
} GwQualityWhy;

const char *gw_quality_level_to_string(GwQualityLevel level);
const char *gw_quality_why_to_string(GwQualityWhy why);

/* What is known of one party in the last second or so. */
typedef struct {
    bool publishes, watches;           /* it has a connected peer of that kind */
    bool has_video;                    /* it publishes a picture */
    int64_t silent_us;                 /* since its last packet; -1 unknown */
    uint32_t up_bitrate, down_bitrate; /* bit/s */
    uint8_t up_loss_percent, down_loss_percent;
    int64_t rtt_us;         /* 0 unknown */
    uint64_t dropped_by_us; /* packets that our own socket refused in that second */
} GwQualityInput;

typedef struct {
    GwQualityLevel level;
    GwQualityWhy why;
} GwQualityVerdict;

GwQualityVerdict gw_quality_judge(const GwQualityInput *input);

G_END_DECLS
