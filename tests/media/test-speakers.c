#include "media/speakers.h"

enum {
    MAX_SPEAKERS = 16,
    PACKET_US = 20 * 1000,
    SPEECH = 20, /* -dBov */
    ROOM = 80,
    SILENT = 127,
};

/* A room in virtual time: everybody sends a packet every 20 ms at the level that they have. */
typedef struct {
    MediaSpeaker speakers[MAX_SPEAKERS];
    MediaSpeaker *list[MAX_SPEAKERS];
    int level[MAX_SPEAKERS]; /* RFC 6464; -1: says none; -2: sends nothing */
    size_t n;
    int64_t now_us, decided_us;
    unsigned n_speaking_changes, n_forwarded_changes;
} Room;

static void
room_init(Room *room, size_t n)
{
    *room = (Room){ .n = n, .now_us = G_USEC_PER_SEC };
    for (size_t i = 0; i < n; i++) {
        media_speaker_init(&room->speakers[i]);
        room->list[i] = &room->speakers[i];
        room->level[i] = ROOM;
    }
}

static void
run(Room *room, int64_t ms)
{
    for (int64_t end_us = room->now_us + ms * 1000; room->now_us < end_us; room->now_us += PACKET_US) {
        for (size_t i = 0; i < room->n; i++) {
            if (room->level[i] >= -1)
                media_speaker_hear(&room->speakers[i], (int8_t)room->level[i], room->now_us);
        }
        if (room->now_us - room->decided_us < MEDIA_SPEAKERS_INTERVAL_US)
            continue;
        room->decided_us = room->now_us;
        unsigned changed = media_speakers_decide(room->list, room->n, room->now_us);
        room->n_speaking_changes += (changed & MEDIA_SPEAKERS_SPEAKING) != 0;
        room->n_forwarded_changes += (changed & MEDIA_SPEAKERS_FORWARDED) != 0;
    }
}

static size_t
count_forwarded(const Room *room)
{
    size_t n = 0;

    for (size_t i = 0; i < room->n; i++)
        n += room->speakers[i].forwarded;
    return n;
}

static void
test_within_200_ms(void)
{
    Room room;

    room_init(&room, 2);
    run(&room, 1000);
    g_assert_false(room.speakers[0].speaking);
    room.level[0] = SPEECH;
    run(&room, 200);
    g_assert_true(room.speakers[0].speaking);
    g_assert_false(room.speakers[1].speaking);
}

static void
test_quiet_speech(void)
{
    Room room;

    room_init(&room, 2);
    run(&room, 1000);
    room.level[0] = 45;
    run(&room, 300);
    g_assert_true(room.speakers[0].speaking);
}

static void
test_click(void)
{
    Room room;

    room_init(&room, 2);
    run(&room, 1000);
    room.level[0] = 5;
    run(&room, 20);
    room.level[0] = ROOM;
    run(&room, 1000);
    g_assert_cmpuint(room.n_speaking_changes, ==, 0);
}

static void
test_breath(void)
{
    Room room;

    room_init(&room, 2);
    run(&room, 1000);
    for (unsigned i = 0; i < 20; i++) {
        room.level[0] = SPEECH;
        run(&room, 400);
        room.level[0] = ROOM;
        run(&room, 300);
    }
    g_assert_true(room.speakers[0].speaking);
    g_assert_cmpuint(room.n_speaking_changes, ==, 1);
    run(&room, 2000);
    g_assert_false(room.speakers[0].speaking);
    g_assert_cmpuint(room.n_speaking_changes, ==, 2);
}

/* A fan beside the microphone is not speech for long; somebody who speaks over it is. */
static void
test_noise(void)
{
    Room room;

    room_init(&room, 2);
    room.level[0] = 45;
    run(&room, 20000);
    g_assert_false(room.speakers[0].speaking);
    room.level[0] = SPEECH;
    run(&room, 200);
    g_assert_true(room.speakers[0].speaking);
}

static void
test_gone(void)
{
    Room room;

    room_init(&room, 2);
    run(&room, 1000);
    room.level[0] = SPEECH;
    run(&room, 1000);
    g_assert_true(room.speakers[0].speaking);
    room.level[0] = -2;
    run(&room, 2000);
    g_assert_false(room.speakers[0].speaking);
}

static void
test_six_all_forwarded(void)
{
    Room room;

    room_init(&room, 6);
    run(&room, 1000);
    g_assert_cmpuint(count_forwarded(&room), ==, 6);
    room.level[3] = SPEECH;
    run(&room, 1000);
    g_assert_cmpuint(count_forwarded(&room), ==, 6);
    g_assert_cmpuint(room.n_forwarded_changes, ==, 1);
}

static void
test_seven_three_forwarded(void)
{
    Room room;

    room_init(&room, 7);
    run(&room, 1000);
    g_assert_cmpuint(count_forwarded(&room), ==, 3);
    for (size_t i = 0; i < 7; i++) {
        for (size_t k = 0; k < 7; k++)
            room.level[k] = k == i ? SPEECH : ROOM;
        run(&room, 200);
        g_assert_true(room.speakers[i].forwarded);
        g_assert_cmpuint(count_forwarded(&room), ==, 3);
    }
}

/* Levels that waver while nobody speaks change nothing. */
static void
test_silence_changes_nothing(void)
{
    Room room;
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);

    room_init(&room, 12);
    run(&room, 1000);
    unsigned before = room.n_forwarded_changes;
    for (unsigned i = 0; i < 200; i++) {
        for (size_t k = 0; k < room.n; k++)
            room.level[k] = g_rand_int_range(rand, 60, 127);
        run(&room, 100);
    }
    g_assert_cmpuint(room.n_forwarded_changes, ==, before);
    g_assert_cmpuint(room.n_speaking_changes, ==, 0);
}

/* Of five who speak at once the loudest are heard, and those who are as loud do not take turns. */
static void
test_five_at_once(void)
{
    static const int levels[] = { 30, 28, 29, 15, 27 };
    Room room;

    room_init(&room, 8);
    run(&room, 1000);
    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++)
        room.level[i] = levels[i];
    run(&room, 1000);
    g_assert_true(room.speakers[3].forwarded);
    unsigned before = room.n_forwarded_changes;
    run(&room, 5000);
    g_assert_cmpuint(room.n_forwarded_changes, ==, before);
    g_assert_cmpuint(count_forwarded(&room), ==, 3);
}

/* Microphones that send nothing take no place. */
static void
test_idle(void)
{
    Room room;

    room_init(&room, 12);
    for (size_t i = 0; i < 6; i++)
        room.level[i] = -2;
    run(&room, 1000);
    g_assert_true(room.speakers[11].forwarded);
    g_assert_cmpuint(count_forwarded(&room), ==, 12); /* six send: all of them */
    room.level[0] = ROOM;
    run(&room, 1000);
    g_assert_cmpuint(count_forwarded(&room), ==, 3);
    room.level[0] = -2;
    run(&room, 6000);
    g_assert_cmpuint(count_forwarded(&room), ==, 12);
}

static void
test_floor(void)
{
    Room room;

    room_init(&room, 10);
    room.speakers[9].has_floor = true;
    room.level[9] = SILENT;
    for (size_t i = 0; i < 4; i++)
        room.level[i] = SPEECH;
    run(&room, 1000);
    g_assert_true(room.speakers[9].forwarded);
    g_assert_cmpuint(count_forwarded(&room), ==, 4);
    room.speakers[9].has_floor = false;
    run(&room, 100);
    g_assert_cmpuint(count_forwarded(&room), ==, 3);
    g_assert_false(room.speakers[9].forwarded);
}

/* Who does not say how loud they are is heard while real speech leaves room, and is never said to speak. */
static void
test_without_levels(void)
{
    Room room;

    room_init(&room, 8);
    run(&room, 1000);
    room.level[7] = -1;
    run(&room, 300);
    g_assert_true(room.speakers[7].forwarded);
    g_assert_false(room.speakers[7].speaking);
    for (size_t i = 0; i < 3; i++)
        room.level[i] = SPEECH;
    run(&room, 300);
    g_assert_false(room.speakers[7].forwarded);
}

static void
test_nobody(void)
{
    g_assert_cmpuint(media_speakers_decide(NULL, 0, 0), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/speakers/heard-within-200-ms", test_within_200_ms);
    g_test_add_func("/media/speakers/quiet-speech-is-speech", test_quiet_speech);
    g_test_add_func("/media/speakers/a-click-is-not", test_click);
    g_test_add_func("/media/speakers/a-breath-is-no-end", test_breath);
    g_test_add_func("/media/speakers/steady-noise-is-not-speech", test_noise);
    g_test_add_func("/media/speakers/who-has-gone-does-not-speak", test_gone);
    g_test_add_func("/media/speakers/six-are-all-forwarded", test_six_all_forwarded);
    g_test_add_func("/media/speakers/of-seven-three-are-forwarded", test_seven_three_forwarded);
    g_test_add_func("/media/speakers/silence-changes-nothing", test_silence_changes_nothing);
    g_test_add_func("/media/speakers/five-at-once-do-not-take-turns", test_five_at_once);
    g_test_add_func("/media/speakers/idle-microphones-do-not-count", test_idle);
    g_test_add_func("/media/speakers/who-has-the-floor-is-forwarded", test_floor);
    g_test_add_func("/media/speakers/without-levels", test_without_levels);
    g_test_add_func("/media/speakers/nobody", test_nobody);
    return g_test_run();
}
