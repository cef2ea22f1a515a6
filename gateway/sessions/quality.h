/* gateway/sessions/quality.h - how good a party's line is, and whose fault it is: one pure judgement
 *
 * | what                                           | weak     | bad      | whose                 |
 * |--|--|--|--|
 * | our socket refused packets for it              | any      | 2 %      | ours                  |
 * | its worker's share of a core                   | 85 %     | 97 %     | ours                  |
 * | its packets missing at first                   | 4 %      | 12 %     | their line up         |
 * | its packets that never came                    | 1 %      | 5 %      | their line up         |
 * | its packets come unevenly (jitter)             | 60 ms    | 200 ms   | their line up         |
 * | its picture stands while its sound comes       | 3 s      | 8 s      | their line up         |
 * | packets that it misses, as it reports          | 4 %      | 12 %     | their line down       |
 * | its line down carries, of what it could have   | under 70 % | under 25 % | their line down   |
 * | round trip                                     | 400 ms   | 1000 ms  | the worse line of the two, else up |
 * | nothing comes at all for                       |          | 2 s: gone | their line up        |
 *
 * How much it sends says nothing: quiet sound and a face that does not move need little.
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
    int64_t silent_us;                 /* since its last packet; -1 unknown */
    int64_t picture_silent_us;         /* since the last of its picture; -1 it has none */
    uint32_t up_bitrate, down_bitrate; /* bit/s; for people, not judged */
    uint8_t up_missing_percent;        /* before recovery */
    uint8_t up_lost_percent;           /* after it */
    uint8_t down_loss_percent;
    uint32_t jitter_us;
    int64_t rtt_us;            /* 0 unknown */
    uint32_t estimate, wanted; /* bit/s: what the line down carries, what it would be sent; 0 unknown */
    uint8_t dropped_percent;   /* of what we sent, refused by our own socket; rounded up */
    uint8_t busy_percent;      /* of a core, its worker */
} GwQualityInput;

typedef struct {
    GwQualityLevel level;
    GwQualityWhy why;
} GwQualityVerdict;

GwQualityVerdict gw_quality_judge(const GwQualityInput *input);

/* So that it does not flap: what gets worse must stay so for 2 s, what gets better for 5 s; gone is told at once, and so is
 * the first verdict after it. */
typedef struct {
    bool known;
    GwQualityVerdict shown, next;
    int64_t next_since_us;
} GwQualityMemory;

GwQualityVerdict gw_quality_follow(GwQualityMemory *self, GwQualityVerdict verdict, int64_t now_us);

G_END_DECLS
