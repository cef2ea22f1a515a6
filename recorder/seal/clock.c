#include "recorder/seal/clock.h"

#include <stdlib.h>

enum { MAX_PIECES = 1000 };                          /* a clock that jumps more often is replaced by arrival */
static const int64_t BACK_US = 1 * G_USEC_PER_SEC;   /* further back no frame is ever sent */
static const int64_t EARLY_US = 2 * G_USEC_PER_SEC;  /* nothing arrives this much before it was made */
static const int64_t LATE_US = 10 * G_USEC_PER_SEC;  /* nor waits this long on its way */
static const int64_t REPORT_US = 5 * G_USEC_PER_SEC; /* between a report and the packets around it */
static const int64_t TRUE_US = 2 * G_USEC_PER_SEC;   /* between what a report says of now and what comes now */
static const int64_t YOUNG_US = 2 * G_USEC_PER_SEC;  /* reports of less time do not confirm each other */
static const int64_t YOUNG_OFF_US = 500 * 1000;      /* as TRUE_US, of those */
static const int64_t STEP_US = 500 * 1000;           /* between two reports: the sender's clock was set */

typedef struct {
    int64_t ticks_us, ntp_us, arrival_us;
} Mark;

/* Packets whose timestamps are on one line. */
typedef struct {
    unsigned begin, end;
    SealCurve *arrival; /* owned; ticks -> arrival - ticks */
    GArray *marks;      /* Mark, by ticks */
    unsigned n_strange; /* reports that contradict the packets around them */
} Piece;

struct SealClock {
    const SealPacket *packets; /* borrowed */
    unsigned n;
    uint32_t clock_rate;
    int64_t *ticks_us; /* in its piece */
    int64_t *times_us;
    bool *begins;   /* a piece */
    GArray *pieces; /* Piece */
};

static void
piece_clear(void *data)
{
    Piece *self = data;

    seal_curve_free(self->arrival);
    g_array_unref(self->marks);
}

static int64_t
to_us(const SealClock *self, uint32_t from, uint32_t to)
{
    return (int64_t)(int32_t)(to - from) * G_USEC_PER_SEC / self->clock_rate;
}

/* While cutting into pieces. */
typedef struct {
    bool any;
    int64_t least_us, last_us; /* arrival - ticks */
} Lateness;

static bool
begins_piece(const SealClock *self, unsigned i, int64_t ticks_us, const Lateness *lateness)
{
    const SealPacket *packet = &self->packets[i];
    int64_t late_us = packet->arrival_us - ticks_us;

    if (i == 0 || packet->ssrc != packet[-1].ssrc || ticks_us - self->ticks_us[i - 1] < -BACK_US)
        return true;
    if (packet->recovered || !lateness->any)
        return false;
    return late_us < lateness->least_us - EARLY_US || late_us > lateness->last_us + LATE_US;
}

static void
add_piece(SealClock *self, unsigned begin)
{
    Piece piece = {
        .begin = begin,
        .arrival = seal_curve_new(),
        .marks = g_array_new(FALSE, FALSE, sizeof(Mark)),
    };

    g_array_append_val(self->pieces, piece);
    self->begins[begin] = true;
}

static void
cut_into_pieces(SealClock *self)
{
    Lateness lateness = { 0 };

    for (unsigned i = 0; i < self->n; i++) {
        const SealPacket *packet = &self->packets[i];
        int64_t ticks_us = i > 0 ? self->ticks_us[i - 1] + to_us(self, packet[-1].timestamp, packet->timestamp) : 0;

        bool begins = begins_piece(self, i, ticks_us, &lateness);
        if (begins && self->pieces->len == MAX_PIECES) {
            ticks_us = self->ticks_us[i - 1] + MAX(packet->arrival_us - packet[-1].arrival_us, 0);
        } else if (begins) {
            add_piece(self, i);
            lateness = (Lateness){ 0 };
            ticks_us = 0;
        }
        self->ticks_us[i] = ticks_us;
        Piece *piece = &g_array_index(self->pieces, Piece, self->pieces->len - 1);
        piece->end = i + 1;
        int64_t late_us = packet->arrival_us - ticks_us;
        if (packet->recovered && lateness.any)
            continue;
        seal_curve_add(piece->arrival, ticks_us, late_us);
        lateness.least_us = lateness.any ? MIN(lateness.least_us, late_us) : late_us;
        lateness.last_us = late_us;
        lateness.any = true;
    }
    for (unsigned i = 0; i < self->pieces->len; i++)
        seal_curve_finish(g_array_index(self->pieces, Piece, i).arrival);
}

SealClock *
seal_clock_new(const SealPacket *packets, unsigned n, uint32_t clock_rate)
{
    SealClock *self = g_new0(SealClock, 1);

    self->packets = packets;
    self->n = n;
    self->clock_rate = clock_rate;
    self->ticks_us = g_new0(int64_t, n);
    self->times_us = g_new0(int64_t, n);
    self->begins = g_new0(bool, n);
    self->pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
    g_array_set_clear_func(self->pieces, piece_clear);
    cut_into_pieces(self);
    return self;
}

void
seal_clock_free(SealClock *self)
{
    if (!self)
        return;
    g_array_unref(self->pieces);
    g_free(self->ticks_us);
    g_free(self->times_us);
    g_free(self->begins);
    g_free(self);
}

/* How far what the report says of now is from the packets that come now. */
static int64_t
get_lead(const Piece *piece, const Mark *mark)
{
    return mark->arrival_us - mark->ticks_us - seal_curve_get(piece->arrival, mark->ticks_us);
}

static void
add_mark(Piece *piece, const Mark *mark)
{
    const Mark *last = piece->marks->len > 0 ? &g_array_index(piece->marks, Mark, piece->marks->len - 1) : NULL;

    if (llabs(get_lead(piece, mark)) > TRUE_US) {
        piece->n_strange++;
        return;
    }
    if (!last || mark->ticks_us > last->ticks_us)
        g_array_append_val(piece->marks, *mark);
}

/* A clock that was set in between is no clock to go by. */
static bool
has_steps(const GArray *marks)
{
    for (unsigned i = 1; i < marks->len; i++) {
        const Mark *mark = &g_array_index(marks, Mark, i), *before = mark - 1;
        if (llabs((mark->ntp_us - before->ntp_us) - (mark->ticks_us - before->ticks_us)) > STEP_US)
            return true;
    }
    return false;
}

/* Too few to show at what rate the sender's clock goes, and away from the packets. */
static bool
is_young_and_off(const Piece *piece)
{
    const Mark *marks = (const Mark *)piece->marks->data;
    unsigned n = piece->marks->len;

    if (n == 0 || marks[n - 1].ntp_us - marks[0].ntp_us >= YOUNG_US)
        return false;
    for (unsigned i = 0; i < n; i++) {
        if (llabs(get_lead(piece, &marks[i])) > YOUNG_OFF_US)
            return true;
    }
    return false;
}

static void
add_reports(SealClock *self, Piece *piece, int64_t until_us, const GArray *reports)
{
    const SealPacket *first = &self->packets[piece->begin];
    unsigned i = piece->begin;

    for (unsigned k = 0; k < reports->len; k++) {
        const SealReport *report = &g_array_index(reports, SealReport, k);
        if (report->ssrc != first->ssrc || report->arrival_us >= until_us ||
            report->arrival_us < first->arrival_us - REPORT_US)
            continue;
        while (i + 1 < piece->end && self->packets[i + 1].arrival_us <= report->arrival_us)
            i++;
        Mark mark = {
            .ticks_us = self->ticks_us[i] + to_us(self, self->packets[i].timestamp, report->timestamp),
            .ntp_us = report->ntp_us,
            .arrival_us = report->arrival_us,
        };
        add_mark(piece, &mark);
    }
    /* of a sender whose reports run away from its packets the first ones are not to be believed either */
    if (has_steps(piece->marks) || piece->n_strange >= piece->marks->len || is_young_and_off(piece))
        g_array_set_size(piece->marks, 0);
}

void
seal_clock_add_reports(SealClock *self, const GArray *reports)
{
    for (unsigned i = 0; i < self->pieces->len; i++) {
        Piece *piece = &g_array_index(self->pieces, Piece, i);
        int64_t until_us = G_MAXINT64;
        if (i + 1 < self->pieces->len && self->packets[piece->end].ssrc == self->packets[piece->begin].ssrc)
            until_us = self->packets[piece->end].arrival_us;
        add_reports(self, piece, until_us, reports);
    }
}

bool
seal_clock_get_offset(const SealClock *self, int64_t *ret_offset_us)
{
    int64_t least_us = G_MAXINT64;

    for (unsigned i = 0; i < self->pieces->len; i++) {
        const Piece *piece = &g_array_index(self->pieces, Piece, i);
        for (unsigned k = 0; k < piece->marks->len; k++) {
            const Mark *mark = &g_array_index(piece->marks, Mark, k);
            least_us = MIN(least_us, mark->arrival_us - mark->ntp_us);
        }
    }
    if (least_us == G_MAXINT64)
        return false;
    *ret_offset_us = least_us;
    return true;
}

void
seal_clock_add_samples(const SealClock *self, SealCurve *curve)
{
    for (unsigned i = 0; i < self->pieces->len; i++) {
        const Piece *piece = &g_array_index(self->pieces, Piece, i);
        for (unsigned k = 0; k < piece->marks->len; k++) {
            const Mark *mark = &g_array_index(piece->marks, Mark, k);
            seal_curve_add(curve, mark->ntp_us, mark->arrival_us - mark->ntp_us);
        }
    }
}

/* The sender's clock at ticks_us: between two reports on the line through them, outside at the nominal rate. */
static int64_t
get_ntp(const Piece *piece, int64_t ticks_us, unsigned *hint)
{
    const Mark *marks = (const Mark *)piece->marks->data;
    unsigned n = piece->marks->len;

    while (*hint + 1 < n && marks[*hint + 1].ticks_us <= ticks_us)
        (*hint)++;
    while (*hint > 0 && marks[*hint].ticks_us > ticks_us)
        (*hint)--;
    const Mark *left = &marks[*hint];
    if (ticks_us <= left->ticks_us || *hint + 1 == n)
        return left->ntp_us + ticks_us - left->ticks_us;
    double rate = (double)(left[1].ntp_us - left->ntp_us) / (double)(left[1].ticks_us - left->ticks_us);
    return left->ntp_us + (int64_t)((double)(ticks_us - left->ticks_us) * rate);
}

static void
compute_piece(SealClock *self, const Piece *piece, const SealCurve *curve)
{
    bool by_reports = curve && seal_curve_get_size(curve) > 0 && piece->marks->len > 0;
    unsigned hint = 0;

    for (unsigned i = piece->begin; i < piece->end; i++) {
        int64_t ticks_us = self->ticks_us[i];
        int64_t arrival_us = ticks_us + seal_curve_get(piece->arrival, ticks_us);
        self->times_us[i] = arrival_us;
        if (!by_reports)
            continue;
        int64_t ntp_us = get_ntp(piece, ticks_us, &hint);
        int64_t time_us = ntp_us + seal_curve_get(curve, ntp_us);
        if (i == piece->begin && llabs(arrival_us - time_us) > REPORT_US)
            by_reports = false; /* reports that contradict what arrived */
        else
            self->times_us[i] = time_us;
    }
}

void
seal_clock_finish(SealClock *self, const SealCurve *curve)
{
    for (unsigned i = 0; i < self->pieces->len; i++)
        compute_piece(self, &g_array_index(self->pieces, Piece, i), curve);
    for (unsigned i = 1; i < self->n; i++) {
        bool same = self->packets[i].timestamp == self->packets[i - 1].timestamp && seal_clock_is_contiguous(self, i);
        int64_t least_us = self->times_us[i - 1] + (same ? 0 : 1000);
        if (same)
            self->times_us[i] = least_us;
        else
            self->times_us[i] = MAX(self->times_us[i], least_us);
    }
}

int64_t
seal_clock_get_time(const SealClock *self, unsigned i)
{
    return self->times_us[i];
}

bool
seal_clock_get_step(const SealClock *self, unsigned i, int64_t *ret_step_us)
{
    if (self->begins[i])
        return false;
    *ret_step_us = self->ticks_us[i] - self->ticks_us[i - 1];
    return true;
}

bool
seal_clock_is_contiguous(const SealClock *self, unsigned i)
{
    return i > 0 && self->packets[i].ssrc == self->packets[i - 1].ssrc;
}
