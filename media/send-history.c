#include "media/send-history.h"

#include <glib.h>

#include "media/prefetch.h"

typedef enum {
    FATE_UNKNOWN,
    FATE_LOST,
    FATE_ARRIVED,
} Fate;

void
media_send_history_clear(MediaSendHistory *self)
{
    g_free(self->entries);
    *self = (MediaSendHistory){ .next = self->next };
}

static MediaSendEntry *
get_entry(const MediaSendHistory *self, uint16_t number)
{
    return &self->entries[number & (self->n_entries - 1)];
}

static void
resize(MediaSendHistory *self, unsigned n_entries)
{
    MediaSendHistory larger = *self;

    larger.entries = g_new(MediaSendEntry, n_entries);
    larger.n_entries = n_entries;
    for (unsigned i = 1; i <= self->n; i++)
        *get_entry(&larger, (uint16_t)(self->next - i)) = *get_entry(self, (uint16_t)(self->next - i));
    g_free(self->entries);
    *self = larger;
}

static void
make_room(MediaSendHistory *self, int64_t now_us)
{
    if (self->entries == NULL)
        resize(self, MEDIA_HISTORY_MIN);
    if (self->n < self->n_entries)
        return;
    const MediaSendEntry *oldest = get_entry(self, self->next); /* its place is the next one's */
    bool awaited = oldest->fate == FATE_UNKNOWN && (uint32_t)now_us - oldest->sent_us < MEDIA_HISTORY_WAIT_US;
    if (awaited && self->n_entries < MEDIA_HISTORY_MAX)
        resize(self, 2 * self->n_entries);
    else
        self->n--;
}

uint16_t
media_send_history_add(MediaSendHistory *self, size_t size, uint8_t probe, int64_t now_us)
{
    make_room(self, now_us);
    *get_entry(self, self->next) = (MediaSendEntry){
        .sent_us = (uint32_t)now_us,
        .size = (uint16_t)MIN(size, UINT16_MAX),
        .probe = probe,
    };
    self->n++;
    return self->next++;
}

void
media_send_history_prefetch(const MediaSendHistory *self)
{
    if (self->entries != NULL)
        media_prefetch(get_entry(self, self->next), sizeof *self->entries);
}

bool
media_send_history_take(MediaSendHistory *self, uint16_t number, bool arrived, int64_t now_us,
                        MediaSentPacket *ret_packet)
{
    uint16_t age = (uint16_t)(self->next - number);

    if (age == 0 || age > self->n)
        return false;
    MediaSendEntry *entry = get_entry(self, number);
    uint32_t since_us = (uint32_t)now_us - entry->sent_us;
    Fate fate = arrived ? FATE_ARRIVED : FATE_LOST;
    if (entry->fate >= fate || since_us > MEDIA_HISTORY_OLD_US)
        return false;
    *ret_packet = (MediaSentPacket){
        .sent_us = now_us - since_us,
        .size = entry->size,
        .probe = entry->probe,
        .was_lost = entry->fate == FATE_LOST,
    };
    entry->fate = (uint8_t)fate;
    return true;
}
