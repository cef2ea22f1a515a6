#include "camera/lines.h"

#include <string.h>

static void
test_orders_arrive_as_they_were_given(void)
{
    CamOrder order = { .udp = true, .transcode = true }, again = { 0 };

    g_strlcpy(order.url, "rtsp://192.0.2.7:554/live?channel=1&subtype=0", sizeof order.url);
    g_strlcpy(order.user, "ad min%", sizeof order.user);
    g_strlcpy(order.password, "p\xc3\xa4ss \"'% word", sizeof order.password);
    g_autofree char *lines = cam_order_to_lines(&order);
    g_auto(GStrv) each = g_strsplit(lines, "\n", -1);
    for (unsigned i = 0; each[i][0] != '\0'; i++) {
        g_assert_false(again.complete);
        g_assert_true(cam_order_take_line(&again, each[i]));
    }
    g_assert_true(again.complete && again.udp && again.transcode && !again.test);
    g_assert_cmpstr(again.url, ==, order.url);
    g_assert_cmpstr(again.user, ==, order.user);
    g_assert_cmpstr(again.password, ==, order.password);
    g_assert_false(cam_order_take_line(&again, "play"));
}

static void
test_orders_that_are_none(void)
{
    g_autofree char *longest = g_strnfill(CAM_MAX_LOGIN, 'x'), *longer = g_strnfill(CAM_MAX_LOGIN + 1, 'x');
    g_autofree char *user = g_strconcat("user ", longest, NULL), *too_long = g_strconcat("user ", longer, NULL);
    const char *const bad[] = {
        "",
        "url",
        "url ",
        "url http://192.0.2.7/",
        "url rtsp://admin:secret@192.0.2.7/",
        "url rtsp:///live",
        "url rtsp://192.0.2.7/a%0ab",
        "url rtsp://192.0.2.7/%00",
        "user a%0ab",
        "user %zz",
        "transport sctp",
        "play ",
        "play", /* where? */
        "test",
        "halt",
    };
    CamOrder order = { 0 };

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_test_message("%s", bad[i]);
        g_assert_false(cam_order_take_line(&order, bad[i]));
    }
    g_assert_true(cam_order_take_line(&order, user));
    g_assert_false(cam_order_take_line(&order, too_long));
    g_assert_cmpuint(strlen(order.user), ==, CAM_MAX_LOGIN);
    g_assert_false(order.complete);
}

static void
test_reports_arrive_as_they_were_given(void)
{
    static const CamReport reports[] = {
        { .kind = CAM_REPORT_CONNECTED },
        { .kind = CAM_REPORT_PLAYING },
        { .kind = CAM_REPORT_VIDEO, .codec = "H264", .width = 1920, .height = 1080, .milli_fps = 25000 },
        { .kind = CAM_REPORT_VIDEO, .codec = "H265", .transcoded = true },
        { .kind = CAM_REPORT_AUDIO, .codec = "MPEG4-GENERIC", .transcoded = true },
        { .kind = CAM_REPORT_KEYFRAMES, .interval_ms = 2000 },
        { .kind = CAM_REPORT_FAULT, .fault = CAM_FAULT_PASSWORD },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(reports); i++) {
        g_autofree char *line = cam_report_to_line(&reports[i]);
        CamReport again;
        g_assert_true(cam_report_parse(line, &again));
        g_assert_cmpmem(&again, sizeof again, &reports[i], sizeof reports[i]);
    }
}

static void
test_reports_that_are_none(void)
{
    static const char *const bad[] = {
        "",
        "state",
        "state asleep",
        "video H264 1920 1080 25000",
        "video H264 1920 1080 25000 passed on",
        "video H264 -1 1080 25000 passed",
        "video H264 1920 4294967296 25000 passed",
        "video h264 1920 1080 25000 passed",
        "video  1920 1080 25000 passed",
        "video ABCDEFGHIJKLMNOP 1920 1080 25000 passed",
        "audio PCMA",
        "keyframes",
        "keyframes 3600001",
        "fault nothing",
        "fault",
    };
    g_autofree char *line = g_strnfill(CAM_MAX_LINE + 1, 'a');
    CamReport report = { .interval_ms = 7 };

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_test_message("%s", bad[i]);
        g_assert_false(cam_report_parse(bad[i], &report));
    }
    g_assert_false(cam_report_parse(line, &report));
    g_assert_cmpuint(report.interval_ms, ==, 7);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/camera/lines/orders-arrive-as-they-were-given", test_orders_arrive_as_they_were_given);
    g_test_add_func("/camera/lines/orders-that-are-none", test_orders_that_are_none);
    g_test_add_func("/camera/lines/reports-arrive-as-they-were-given", test_reports_arrive_as_they_were_given);
    g_test_add_func("/camera/lines/reports-that-are-none", test_reports_that_are_none);
    return g_test_run();
}
