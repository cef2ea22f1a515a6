#include "line-model.h"

enum {
    STEP_US = 1000,
    FRAME_US = 40 * 1000,
    SOUND_US = 20 * 1000,
    FEEDBACK_US = 100 * 1000,
    TICK_US = 5000,
    PACKET = 1200,
    SOUND = 160,
    PADDING = 300,
    ALLOCATE_US = 200 * 1000,
};

typedef struct {
    unsigned flow;
    uint16_t number;
    size_t size;
    int64_t sent_us, arrival_us;
} Flying;

typedef struct {
    int64_t at_us;
    MediaRtcpWriter report;
} Feedback;

struct LineFlowState {
    MediaTwcc received;
    GQueue feedbacks; /* Feedback, on their way back */
    double owed;      /* bytes of picture not sent yet */
    uint32_t chosen;
};

struct LineSimulation {
    LineModel model;
    int64_t now_us, free_us, last_arrival_us;
    GQueue flying; /* Flying, in order of arrival */
    unsigned n_flows;
    LineFlow flows[LINE_MAX_FLOWS];
    GRand *random;
};

LineSimulation *
line_simulation_new(const LineModel *model)
{
    LineSimulation *self = g_new0(LineSimulation, 1);

    self->model = *model;
    self->now_us = 1000 * G_USEC_PER_SEC;
    self->random = g_rand_new_with_seed(7);
    return self;
}

void
line_simulation_free(LineSimulation *self)
{
    for (unsigned i = 0; i < self->n_flows; i++) {
        g_queue_clear_full(&self->flows[i].state->feedbacks, g_free);
        media_bandwidth_free(self->flows[i].bandwidth);
        g_free(self->flows[i].state);
    }
    g_queue_clear_full(&self->flying, g_free);
    g_rand_free(self->random);
    g_free(self);
}

void
line_simulation_set(LineSimulation *self, const LineModel *model)
{
    self->model = *model;
}

LineFlow *
line_simulation_add(LineSimulation *self, uint32_t source)
{
    g_assert_cmpuint(self->n_flows, <, LINE_MAX_FLOWS);
    LineFlow *flow = &self->flows[self->n_flows++];

    *flow = (LineFlow){ .bandwidth = media_bandwidth_new(), .source = source, .estimate = MEDIA_BANDWIDTH_START };
    flow->state = g_new0(struct LineFlowState, 1);
    return flow;
}

static void
send_packet(LineSimulation *self, unsigned i, size_t size)
{
    LineFlow *flow = &self->flows[i];
    uint16_t number = media_bandwidth_sent(flow->bandwidth, size, self->now_us);
    int64_t start_us = MAX(self->free_us, self->now_us);
    double queued = (double)(start_us - self->now_us) * self->model.rate / 8 / G_USEC_PER_SEC;

    flow->bytes_sent += size;
    if (queued + (double)size > (double)self->model.queue ||
        (unsigned)g_rand_int_range(self->random, 0, 100) < self->model.loss_percent) {
        flow->packets_lost++;
        return;
    }
    self->free_us = start_us + (int64_t)size * 8 * G_USEC_PER_SEC / self->model.rate;
    Flying *flying = g_new(Flying, 1);
    *flying = (Flying){ i, number, size, self->now_us, self->free_us + self->model.delay_us };
    if (self->model.jitter_us > 0)
        flying->arrival_us += g_rand_int_range(self->random, 0, (gint32)self->model.jitter_us);
    flying->arrival_us = self->last_arrival_us = MAX(flying->arrival_us, self->last_arrival_us);
    g_queue_push_tail(&self->flying, flying);
}

static uint32_t
choose(const LineFlow *flow)
{
    uint32_t sound = SOUND * 8 * (G_USEC_PER_SEC / SOUND_US);
    uint32_t left = flow->estimate > sound ? flow->estimate - sound : 0;
    uint32_t chosen = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(flow->steps); i++)
        chosen = flow->steps[i] != 0 && flow->steps[i] <= left ? flow->steps[i] : chosen;
    return flow->steps[0] != 0 ? chosen : MIN(left, flow->source);
}

static void
send_frame(LineSimulation *self, unsigned i)
{
    LineFlow *flow = &self->flows[i];
    double varied = flow->state->chosen * g_rand_double_range(self->random, 0.7, 1.3);

    flow->state->owed += varied * FRAME_US / 8 / G_USEC_PER_SEC;
    while (flow->state->owed > 0) {
        size_t size = (size_t)CLAMP(flow->state->owed, 100, PACKET);
        send_packet(self, i, size);
        flow->state->owed -= (double)size;
    }
}

static void
write_feedback(LineSimulation *self, LineFlow *flow)
{
    Feedback *feedback = g_new0(Feedback, 1);

    while (media_twcc_write(&flow->state->received, &feedback->report, 1, 2)) {
        bool lost = (unsigned)g_rand_int_range(self->random, 0, 100) < self->model.feedback_loss_percent;
        feedback->at_us = self->now_us + self->model.delay_us;
        for (int copy = 0; !lost && copy < 1 + self->model.feedback_twice; copy++) {
            Feedback *queued = g_memdup2(feedback, sizeof *feedback);
            if (self->model.feedback_disordered && g_rand_boolean(self->random))
                queued->at_us += FEEDBACK_US + 50000;
            g_queue_push_tail(&flow->state->feedbacks, queued);
        }
        feedback->report.size = 0;
    }
    g_free(feedback);
}

static void
take_feedback(LineSimulation *self, LineFlow *flow)
{
    for (GList *item = flow->state->feedbacks.head, *next; item != NULL; item = next) {
        g_autofree Feedback *feedback = item->data;
        MediaTwccStatus statuses[MEDIA_TWCC_WINDOW];
        MediaRtcpReader reader;
        MediaRtcpPacket packet;

        next = item->next;
        if (feedback->at_us > self->now_us) {
            g_steal_pointer(&feedback);
            continue;
        }
        g_queue_delete_link(&flow->state->feedbacks, item);
        g_assert_true(media_rtcp_reader_init(&reader, feedback->report.bytes, feedback->report.size));
        g_assert_true(media_rtcp_reader_next(&reader, &packet));
        size_t n = media_twcc_read(&packet, statuses, G_N_ELEMENTS(statuses));
        media_bandwidth_on_rtt(flow->bandwidth, 2 * self->model.delay_us);
        media_bandwidth_on_feedback(flow->bandwidth, statuses, n, self->now_us);
    }
}

static void
arrive(LineSimulation *self)
{
    for (Flying *flying; (flying = g_queue_peek_head(&self->flying)) != NULL && flying->arrival_us <= self->now_us;) {
        LineFlow *flow = &self->flows[flying->flow];

        media_twcc_received(&flow->state->received, flying->number, flying->arrival_us - 500 * G_USEC_PER_SEC);
        flow->bytes_arrived += flying->size;
        flow->worst_delay_us = MAX(flow->worst_delay_us, flying->arrival_us - flying->sent_us);
        g_free(g_queue_pop_head(&self->flying));
    }
}

static void
step_flow(LineSimulation *self, unsigned i)
{
    LineFlow *flow = &self->flows[i];
    int64_t at_us = self->now_us + i * 7 * STEP_US;

    take_feedback(self, flow);
    flow->estimate = MIN(media_bandwidth_get(flow->bandwidth, self->now_us), 100000000);
    if (!media_bandwidth_is_known(flow->bandwidth))
        flow->estimate = MAX(flow->estimate, MEDIA_BANDWIDTH_START);
    if (at_us % ALLOCATE_US == 0 && !flow->no_probes)
        media_bandwidth_probe(flow->bandwidth, flow->source + flow->source / 10, self->now_us);
    if (at_us % ALLOCATE_US == 0)
        flow->state->chosen = choose(flow);
    if (at_us % FRAME_US == 0)
        send_frame(self, i);
    if (at_us % SOUND_US == 0)
        send_packet(self, i, SOUND);
    for (int n = 0; at_us % TICK_US == 0 && n < 200 && media_bandwidth_get_padding(flow->bandwidth, self->now_us) > 0;
         n++)
        send_packet(self, i, PADDING);
    if (at_us % FEEDBACK_US == 0)
        write_feedback(self, flow);
}

void
line_simulation_run(LineSimulation *self, int64_t us)
{
    for (int64_t end_us = self->now_us + us; self->now_us < end_us; self->now_us += STEP_US) {
        arrive(self);
        for (unsigned i = 0; i < self->n_flows; i++)
            step_flow(self, i);
    }
}

uint32_t
line_simulation_mean(LineSimulation *self, const LineFlow *flow, int64_t us)
{
    uint64_t sum = 0, n = 0;

    for (int64_t end_us = self->now_us + us; self->now_us < end_us; n++) {
        line_simulation_run(self, 100 * 1000);
        sum += flow->estimate;
    }
    return (uint32_t)(sum / n);
}
