#include "media/timer-wheel.h"

enum { SLOT_BITS = 6, SLOT_MASK = MEDIA_WHEEL_SLOTS - 1 };

static void
list_init(MediaTimer *head)
{
    head->prev = head;
    head->next = head;
}

static bool
list_is_empty(const MediaTimer *head)
{
    return head->next == head;
}

static void
list_append(MediaTimer *head, MediaTimer *timer)
{
    timer->prev = head->prev;
    timer->next = head;
    head->prev->next = timer;
    head->prev = timer;
}

static void
list_remove(MediaTimer *timer)
{
    timer->prev->next = timer->next;
    timer->next->prev = timer->prev;
    timer->prev = NULL;
    timer->next = NULL;
}

/* Moves everything to the (empty) list to, in order. */
static void
list_take(MediaTimer *to, MediaTimer *from)
{
    if (list_is_empty(from))
        return;
    to->next = from->next;
    to->prev = from->prev;
    to->next->prev = to;
    to->prev->next = to;
    list_init(from);
}

void
media_timer_wheel_init(MediaTimerWheel *self, int64_t now_us)
{
    self->tick = now_us / MEDIA_TIMER_TICK_US + 1;
    list_init(&self->firing);
    for (unsigned level = 0; level < MEDIA_WHEEL_LEVELS; level++) {
        self->occupied[level] = 0;
        for (unsigned slot = 0; slot < MEDIA_WHEEL_SLOTS; slot++)
            list_init(&self->slots[level][slot]);
    }
}

static void
insert(MediaTimerWheel *self, MediaTimer *timer)
{
    /* rounded up: never early */
    int64_t tick = MAX(timer->due_us / MEDIA_TIMER_TICK_US + (timer->due_us % MEDIA_TIMER_TICK_US > 0), self->tick);
    unsigned level = 0;
    unsigned slot;

    /* the level on which tick and self->tick differ by less than a turn */
    while (level < MEDIA_WHEEL_LEVELS - 1 &&
           (tick >> (SLOT_BITS * level)) - (self->tick >> (SLOT_BITS * level)) > SLOT_MASK)
        level++;
    tick >>= SLOT_BITS * level;
    /* further than a whole turn of the highest level: waits in its last slot and is looked at again there */
    tick = MIN(tick, (self->tick >> (SLOT_BITS * level)) + SLOT_MASK);

    slot = tick & SLOT_MASK;
    list_append(&self->slots[level][slot], timer);
    self->occupied[level] |= UINT64_C(1) << slot;
}

void
media_timer_wheel_start(MediaTimerWheel *self, MediaTimer *timer)
{
    media_timer_wheel_stop(self, timer);
    insert(self, timer);
}

/* Nobody is woken for a slot that was emptied: what is put off again and again would wake at each of its old times. */
void
media_timer_wheel_stop(MediaTimerWheel *self, MediaTimer *timer)
{
    const MediaTimer *slots = &self->slots[0][0];
    const MediaTimer *head = timer->next;

    if (timer->next == NULL)
        return;
    list_remove(timer);
    if (!list_is_empty(head) || head < slots || head >= slots + MEDIA_WHEEL_LEVELS * MEDIA_WHEEL_SLOTS)
        return;
    size_t index = (size_t)(head - slots);
    self->occupied[index / MEDIA_WHEEL_SLOTS] &= ~(UINT64_C(1) << index % MEDIA_WHEEL_SLOTS);
}

static void
take_slot(MediaTimerWheel *self, unsigned level, unsigned slot, MediaTimer *ret_list)
{
    list_init(ret_list);
    list_take(ret_list, &self->slots[level][slot]);
    self->occupied[level] &= ~(UINT64_C(1) << slot);
}

static void
cascade(MediaTimerWheel *self)
{
    for (unsigned level = 1; level < MEDIA_WHEEL_LEVELS; level++) {
        int64_t below = self->tick & ((INT64_C(1) << (SLOT_BITS * level)) - 1);
        MediaTimer list;

        if (below != 0)
            return;
        take_slot(self, level, (self->tick >> (SLOT_BITS * level)) & SLOT_MASK, &list);
        while (!list_is_empty(&list)) {
            MediaTimer *timer = list.next;

            list_remove(timer);
            insert(self, timer);
        }
    }
}

/* The first tick from self->tick on at which a slot is occupied or has to be handed down; INT64_MAX: none. */
static int64_t
find_next_tick(const MediaTimerWheel *self)
{
    int64_t next = INT64_MAX;

    for (unsigned level = 0; level < MEDIA_WHEEL_LEVELS; level++) {
        unsigned shift = SLOT_BITS * level;
        /* on a higher level the current slot was handed down when its turn began, unless it begins right now */
        int64_t first = (self->tick + (INT64_C(1) << shift) - 1) >> shift;
        unsigned start = first & SLOT_MASK;
        uint64_t bits = self->occupied[level];

        if (bits == 0)
            continue;
        bits = start == 0 ? bits : bits >> start | bits << (MEDIA_WHEEL_SLOTS - start);
        next = MIN(next, (first + __builtin_ctzll(bits)) << shift);
    }
    return next;
}

void
media_timer_wheel_advance(MediaTimerWheel *self, int64_t now_us)
{
    int64_t last = now_us / MEDIA_TIMER_TICK_US;

    while (self->tick <= last) {
        int64_t next = find_next_tick(self);

        if (next > last) {
            self->tick = last + 1;
            break;
        }
        self->tick = next;
        cascade(self);
        take_slot(self, 0, self->tick & SLOT_MASK, &self->firing);
        self->tick++; /* first: a timer that is started for now by what runs below waits for the next tick */
        while (!list_is_empty(&self->firing)) {
            MediaTimer *timer = self->firing.next;

            list_remove(timer);
            timer->func(timer->data);
        }
    }
}

int64_t
media_timer_wheel_get_next_us(const MediaTimerWheel *self)
{
    int64_t next = find_next_tick(self);

    return next == INT64_MAX ? INT64_MAX : next * MEDIA_TIMER_TICK_US;
}
