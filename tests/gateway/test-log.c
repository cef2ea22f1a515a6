#include "gateway/log.h"

#include <string.h>

static void
test_one_line_per_event(void)
{
    g_autofree char *line =
        gw_log_format(G_LOG_LEVEL_WARNING, "gateway.people", "first\nsecond\r\x1b[31m\xff", 1700000000123456);

    g_assert_cmpstr(line, ==, "2023-11-14T22:13:20.123Z WARNING gateway.people: first second  [31m\xef\xbf\xbd");
}

static void
test_long_messages_are_cut(void)
{
    g_autofree char *message = g_strnfill(100000, 'x');
    g_autofree char *line = gw_log_format(G_LOG_LEVEL_MESSAGE, NULL, message, 0);

    g_assert_cmpuint(strlen(line), <, 2100);
    g_assert_true(g_str_has_prefix(line, "1970-01-01T00:00:00.000Z NOTICE -: xxx"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/log/one-line-per-event", test_one_line_per_event);
    g_test_add_func("/gateway/log/long-messages-are-cut", test_long_messages_are_cut);
    return g_test_run();
}
