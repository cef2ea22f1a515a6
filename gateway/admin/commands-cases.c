/* Of the command line: what is about location platforms and the map. */
#include "gateway/admin/command.h"

static const GwOption platform_add[] = {
    { "--name", "name", GW_OPTION_TEXT, true, "NAME", "as officials call it" },
    { "--unit", "unit", GW_OPTION_TEXT, true, "UNIT", "id; its alarms are of this unit and those below" },
    { "--callback", "callback", GW_OPTION_TEXT, false, "URL",
      "where results are posted; its host must be in [cases] callback-hosts" },
    { "--may", "may", GW_OPTION_TEXT, false, "WHAT",
      "alarms (post them), events (fetch what was recorded), or alarms,events; alarms" },
    { NULL },
};
static const GwOption platform_revoke[] = {
    { "PLATFORM", "platform", GW_OPTION_TEXT, true, NULL, "id; see platform list" },
    { NULL },
};
static const GwOption place_import[] = {
    { "FILE", "places", GW_OPTION_JSON, true, NULL,
      "JSON: [{\"object\": \"unit:ID\" or \"camera:ID\", \"lat\": 30.1, \"lon\": 118.2, \"datum\": \"WGS84\"}, ...]" },
    { NULL },
};
static const char *const platform_columns[] = { "id",      "name",     "unit.name",  "callback",
                                                "made_ms", "heard_ms", "revoked_ms", NULL };

const GwCommand gw_commands_cases[] = {
    { "platform add", "platform.add",
      "Adds another system and prints the token with which it posts alarms or fetches events.", platform_add,
      .plain = "token" },
    { "platform list", "platform.list", "Lists the other systems.", NULL, .list = "platforms",
      .columns = platform_columns },
    { "platform revoke", "platform.revoke", "A platform's token is good for nothing any more.", platform_revoke },
    { "place import", "place.import", "Says where units and cameras are, for the map.", place_import },
    { NULL },
};
