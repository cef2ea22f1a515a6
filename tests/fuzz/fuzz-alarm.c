/* Any body as an alarm: what is taken says who, when and, if at all, where on this earth. */
#include <stdint.h>
#include <string.h>

#include "gateway/cases/alarm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    GwAlarm alarm = { 0 };

    if (!gw_alarm_parse((const char *)data, size, &alarm, NULL))
        return 0;
    g_assert_true(*alarm.id != '\0' && strlen(alarm.id) <= GW_ALARM_MAX_ID && alarm.kind != NULL);
    g_assert_cmpint(alarm.occurred_ms, >, 0);
    g_assert_true(!alarm.has_position || (gw_position_is_valid(alarm.sent) && alarm.at.lat > -91 && alarm.at.lat < 91));
    gw_alarm_clear(&alarm);
    return 0;
}
