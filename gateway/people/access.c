#include "gateway/people/access.h"

static const struct {
    const char *name, *cookie;
} seats[] = {
    [GW_SEAT_NONE] = { "none", NULL },
    [GW_SEAT_VISIT] = { "visit", "yuanjian-visit" },
    [GW_SEAT_TERMINAL] = { "terminal", "yuanjian-terminal" },
    [GW_SEAT_CONSOLE] = { "console", "yuanjian-console" },
};

const char *
gw_seat_to_string(GwSeat seat)
{
    return seats[seat].name;
}

GwSeat
gw_seat_from_string(const char *name)
{
    for (GwSeat seat = GW_SEAT_VISIT; seat <= GW_SEAT_CONSOLE; seat++) {
        if (g_strcmp0(seats[seat].name, name) == 0)
            return seat;
    }
    return GW_SEAT_NONE;
}

const char *
gw_seat_get_cookie(GwSeat seat)
{
    return seats[seat].cookie;
}
