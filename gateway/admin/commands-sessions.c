/* Of the command line: what is about sessions, tokens and demonstration data. */
#include "gateway/admin/command.h"

static const GwOption session_create[] = {
    { "--kind", "kind", GW_OPTION_TEXT, true, "KIND", "meeting" },
    { "--name", "name", GW_OPTION_TEXT, false, "SLUG", "for addresses, instead of the id" },
    { "--privileged", "privileged", GW_OPTION_FLAG, false, NULL, "no recorder, and nobody observes" },
    { "--unkept", "unkept", GW_OPTION_FLAG, false, NULL, "only to be looked at: nothing of it is recorded" },
    { "--now", "now", GW_OPTION_FLAG, false, NULL, "live at once" },
    { NULL },
};
static const GwOption session_end[] = {
    { "SESSION", "session", GW_OPTION_TEXT, true, NULL, "id or name" },
    { "--cause", "cause", GW_OPTION_TEXT, false, "CAUSE", "as visits.end's: technical, emergency, other ..." },
    { NULL },
};
static const GwOption source_provide[] = {
    { "SOURCE", "source", GW_OPTION_TEXT, true, NULL, "terminal:ID or camera:ID" },
    { "--session", "session", GW_OPTION_TEXT, true, "ID", "id or name of the session that its device sends to" },
    { "--party", "party", GW_OPTION_TEXT, true, "NAME", "as which party" },
    { NULL },
};
static const GwOption source_withdraw[] = {
    { "SOURCE", "source", GW_OPTION_TEXT, true, NULL, "terminal:ID or camera:ID" },
    { NULL },
};
static const GwOption token[] = {
    { "--session", "session", GW_OPTION_TEXT, true, "ID", "id or name of a session; '*' is every one" },
    { "--party", "party", GW_OPTION_TEXT, true, "NAME", "as which party; '*' is any" },
    { "--may", "may", GW_OPTION_TEXT, true, "WHAT", "publish, play or publish,play" },
    { "--ttl", "ttl_s", GW_OPTION_DURATION, false, "TIME", "as 30s, 10m or 1h (the default, and the most)" },
    { NULL },
};
static const char *const source_columns[] = { "source", "session", "party", "state", "wanted", NULL };
static const char *const session_columns[] = { "id",       "name",    "kind", "state", "recording_class",
                                               "began_ms", "parties", NULL };
static const char *const visit_columns[] = { "id",           "starts_ms",     "minutes",         "state",
                                             "subject.name", "terminal.name", "recording_class", NULL };

const GwCommand gw_commands_sessions[] = {
    { "session create", "session.create", "Makes a session and prints its id.", session_create, .plain = "session" },
    { "session list", "session.list", "Lists live sessions.", NULL, .list = "sessions", .columns = session_columns },
    { "session end", "session.end", "Ends a session.", session_end },
    { "source provide", "source.provide", "Says who publishes for a terminal or a camera.", source_provide },
    { "source withdraw", "source.withdraw", "Nobody publishes for it any more.", source_withdraw },
    { "source list", "source.list", "Lists the sources in use.", NULL, .list = "sources", .columns = source_columns },
    { "token", "media.token", "Prints a token for WHIP and WHEP.", token, .plain = "token" },
    { "visit list", "visit.list", "Lists the visits of today.", NULL, .list = "visits", .columns = visit_columns },
    { "demo load", "demo.load", "Loads demonstration data into an empty node, or refreshes its day of visits.", NULL },
    { "demo work", "demo.work", "Does a day's work in the demonstration: a roster, tickets, a draft bulletin.", NULL },
    { "demo links", "demo.links", "Prints new links for the demonstration's people, terminal and family.", NULL },
    { NULL },
};
