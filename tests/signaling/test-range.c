#include "signaling/range.h"

typedef struct {
    const char *header;
    uint64_t size;
    SigRange range;
    uint64_t first, last;
} Case;

static const Case cases[] = {
    { NULL, 100, SIG_RANGE_WHOLE, 0, 0 },
    { "bytes=0-9", 100, SIG_RANGE_PART, 0, 9 },
    { "Bytes=10-19", 100, SIG_RANGE_PART, 10, 19 },
    { "bytes=90-", 100, SIG_RANGE_PART, 90, 99 },
    { "bytes=90-1000", 100, SIG_RANGE_PART, 90, 99 },
    { "bytes=99-99", 100, SIG_RANGE_PART, 99, 99 },
    { "bytes=-10", 100, SIG_RANGE_PART, 90, 99 },
    { "bytes=-1000", 100, SIG_RANGE_PART, 0, 99 },
    { "bytes=0-18446744073709551615", 100, SIG_RANGE_PART, 0, 99 },
    { "bytes=0-99999999999999999999999", 100, SIG_RANGE_PART, 0, 99 },
    { "bytes=100-", 100, SIG_RANGE_NONE, 0, 0 },
    { "bytes=99999999999999999999999-", 100, SIG_RANGE_NONE, 0, 0 },
    { "bytes=-0", 100, SIG_RANGE_NONE, 0, 0 },
    { "bytes=0-", 0, SIG_RANGE_NONE, 0, 0 },
    { "bytes=-5", 0, SIG_RANGE_NONE, 0, 0 },
    { "bytes=9-0", 100, SIG_RANGE_WHOLE, 0, 0 },
    { "bytes=0-1,2-3", 100, SIG_RANGE_WHOLE, 0, 0 },
    { "bytes=-1,-2", 100, SIG_RANGE_WHOLE, 0, 0 },
    { "bytes=", 100, SIG_RANGE_WHOLE, 0, 0 },
    { "bytes=-", 100, SIG_RANGE_WHOLE, 0, 0 },
    { "bytes=a-b", 100, SIG_RANGE_WHOLE, 0, 0 },
    { "bytes=1", 100, SIG_RANGE_WHOLE, 0, 0 },
    { "bytes=1-2x", 100, SIG_RANGE_WHOLE, 0, 0 },
    { "bytes=+1-2", 100, SIG_RANGE_WHOLE, 0, 0 },
    { "bytes=--1", 100, SIG_RANGE_WHOLE, 0, 0 },
    { "items=0-9", 100, SIG_RANGE_WHOLE, 0, 0 },
    { "0-9", 100, SIG_RANGE_WHOLE, 0, 0 },
};

static void
test_table(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint64_t first = 0, last = 0;

        g_test_message("%s", cases[i].header != NULL ? cases[i].header : "none");
        g_assert_cmpint(sig_range_parse(cases[i].header, cases[i].size, &first, &last), ==, cases[i].range);
        g_assert_cmpuint(first, ==, cases[i].first);
        g_assert_cmpuint(last, ==, cases[i].last);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/signaling/range/table", test_table);
    return g_test_run();
}
