/* Any text between the service and a camera's process: what is taken reads the same when it is written again. */
#include <string.h>

#include "camera/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *line = g_strndup((const char *)data, size);
    CamReport report, again;
    CamOrder order = { 0 };

    if (cam_report_parse(line, &report)) {
        g_autofree char *written = cam_report_to_line(&report);
        g_assert(cam_report_parse(written, &again) && memcmp(&report, &again, sizeof report) == 0);
    }
    if (cam_order_take_line(&order, line) && order.url[0] != '\0')
        g_assert(cam_url_is_valid(order.url));
    return 0;
}
