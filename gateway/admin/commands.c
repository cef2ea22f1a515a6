#include "gateway/admin/commands.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "gateway/admin/caller.h"
#include "gateway/admin/prompt.h"
#include "gateway/admin/table.h"
#include "gateway/config.h"
#include "signaling/error.h"

typedef struct {
    const char *words, *method, *summary;
    const GwOption *options;
    const char *plain;          /* member that is printed alone */
    const char *list;           /* member that is printed as a table, or one a line without columns */
    const char *const *columns; /* NULL-terminated */
} Command;

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
static const GwOption consistency[] = {
    { "--from", "from", GW_OPTION_NUMBER, true, "SIZE", "the second line of the older checkpoint" },
    { "--to", "to", GW_OPTION_NUMBER, false, "SIZE", "that of the newer one (default: the log's, now)" },
    { NULL },
};
static const GwOption session[] = {
    { "SESSION", "session", GW_OPTION_TEXT, true, NULL, "id or name" },
    { NULL },
};
static const GwOption extract[] = {
    { "SESSION", "session", GW_OPTION_TEXT, true, NULL, "id" },
    { "DIR", "folder", GW_OPTION_PATH, true, NULL, "where the service writes it; files that are there stay" },
    { "--reason", "reason", GW_OPTION_TEXT, true, "TEXT", "why: it is kept in the audit" },
    { NULL },
};
static const GwOption rebuild[] = {
    { "--dry-run", "dry_run", GW_OPTION_FLAG, false, NULL, "only say what would change" },
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
static const GwOption person_add[] = {
    { "--name", "name", GW_OPTION_TEXT, true, "NAME", "to sign in with" },
    { "--display", "display", GW_OPTION_TEXT, false, "TEXT", "as others see it (default: the name)" },
    { "--role", "role", GW_OPTION_TEXT, true, "ROLE",
      "officer, administrator, security, auditor, procurator, inspector or office; never two" },
    { "--unit", "unit", GW_OPTION_TEXT, true, "UNIT", "id or name; see unit list" },
    { NULL },
};
static const GwOption person_reset[] = {
    { "PERSON", "person", GW_OPTION_TEXT, true, NULL, "name or id" },
    { NULL },
};
static const GwOption terminal_add[] = {
    { "--name", "name", GW_OPTION_TEXT, true, "NAME", "as people call the room" },
    { "--unit", "unit", GW_OPTION_TEXT, true, "UNIT", "id or name; see unit list" },
    { NULL },
};
static const GwOption camera_add[] = {
    { "--name", "name", GW_OPTION_TEXT, true, "NAME", "as people call what it shows" },
    { "--unit", "unit", GW_OPTION_TEXT, true, "UNIT", "id; see unit list" },
    { "--url", "url", GW_OPTION_TEXT, true, "URL", "rtsp://HOST[:PORT]/PATH, without user and password" },
    { "--user", "user", GW_OPTION_TEXT, false, "NAME",
      "that the camera asks for; the password is asked for, or read from a pipe" },
    { "--udp", "udp", GW_OPTION_FLAG, false, NULL, "media by UDP, instead of in the RTSP connection" },
    { NULL },
};
static const GwOption camera[] = {
    { "CAMERA", "camera", GW_OPTION_TEXT, true, NULL, "id or name; see camera list" },
    { NULL },
};
static const GwOption unit_add[] = {
    { "--name", "name", GW_OPTION_TEXT, true, "NAME", "" },
    { "--name-en", "name_en", GW_OPTION_TEXT, false, "NAME", "for English pages" },
    { "--tier", "tier", GW_OPTION_TEXT, true, "TIER", "a label: province, city, county, office, prison ..." },
    { "--parent", "parent", GW_OPTION_TEXT, false, "UNIT", "id or name; none: a root" },
    { NULL },
};
static const GwOption unit_move[] = {
    { "UNIT", "unit", GW_OPTION_TEXT, true, NULL, "id or name" },
    { "--parent", "parent", GW_OPTION_TEXT, false, "UNIT", "id or name; none: it becomes a root" },
    { NULL },
};
static const GwOption unit_import[] = {
    { "FILE", "file", GW_OPTION_PATH, true, NULL, "CSV, UTF-8 or GB18030; the service reads it" },
    { "--apply", "apply", GW_OPTION_FLAG, false, NULL, "do it, if nothing is wrong with it" },
    { NULL },
};
static const GwOption link_options[] = {
    { "--person", "person", GW_OPTION_TEXT, false, "NAME", "a one-time link that signs this person in" },
    { "--terminal", "terminal", GW_OPTION_TEXT, false, "NAME",
      "a one-time link that pairs a device with this terminal" },
    { "--visit", "visit", GW_OPTION_TEXT, false, "ID", "a family's link for this visit; the one before is void" },
    { NULL },
};

/* archive: what is done is done by a person with a name; the password is asked for. */
#define BY                                                                                                             \
    {                                                                                                                  \
        "--by", "by", GW_OPTION_TEXT, true, "NAME", "who does this; the password is asked for, or read from a pipe"    \
    }
#define REASON                                                                                                         \
    {                                                                                                                  \
        "--reason", "reason", GW_OPTION_TEXT, true, "TEXT", "stays in the log"                                         \
    }

static const GwOption archive_search[] = {
    { "--text", "text", GW_OPTION_TEXT, false, "TEXT", "anywhere in what is known of it" },
    { "--person", "person", GW_OPTION_TEXT, false, "NAME", "beginning of a name, a whole number or id" },
    { "--officer", "officer", GW_OPTION_TEXT, false, "NAME", "likewise" },
    { "--note", "note", GW_OPTION_TEXT, false, "TEXT", "anywhere in its notes" },
    { "--unit", "unit", GW_OPTION_TEXT, false, "ID", "and below" },
    { "--kind", "kind", GW_OPTION_TEXT, false, "KIND", "visit, meeting ..." },
    { "--from", "from_ms", GW_OPTION_NUMBER, false, "MS", "milliseconds since 1970" },
    { "--to", "to_ms", GW_OPTION_NUMBER, false, "MS", "milliseconds since 1970" },
    { "--cause", "cause", GW_OPTION_TEXT, false, "CAUSE", "why it ended" },
    { "--missing", "min_missing_s", GW_OPTION_NUMBER, false, "S", "at least so many seconds are missing" },
    { "--held", "held", GW_OPTION_FLAG, false, NULL, "only what is held" },
    { "--review", "review", GW_OPTION_TEXT, false, "STATE", "none, open, taken, in-order, remarks, breach" },
    { "--state", "state", GW_OPTION_TEXT, false, "STATE", "sealed, failed, destroyed ..." },
    { "--sort", "sort", GW_OPTION_TEXT, false, "BY", "began, duration, missing, bytes, until" },
    { "--order", "order", GW_OPTION_TEXT, false, "WAY", "down or up" },
    { "--limit", "limit", GW_OPTION_NUMBER, false, "N", "rows (50)" },
    { "--offset", "offset", GW_OPTION_NUMBER, false, "N", "rows left out" },
    { NULL },
};
static const GwOption archive_session[] = {
    { "SESSION", "session", GW_OPTION_TEXT, true, NULL, "id" },
    { NULL },
};
static const GwOption archive_sessions[] = {
    { "--session", "session", GW_OPTION_TEXT, false, "ID", "only of this one" },
    { NULL },
};
static const GwOption archive_state[] = {
    { "--state", "state", GW_OPTION_TEXT, false, "STATE", "only these" },
    { NULL },
};
static const GwOption archive_hold[] = {
    { "SESSION", "session", GW_OPTION_TEXT, true, NULL, "id" },
    REASON,
    BY,
    { NULL },
};
static const GwOption archive_lift_hold[] = {
    { "HOLD", "hold", GW_OPTION_TEXT, true, NULL, "id; see archive holds" },
    REASON,
    BY,
    { NULL },
};
static const GwOption archive_retention[] = {
    { "SESSION", "session", GW_OPTION_TEXT, true, NULL, "id" },
    { "--class", "class", GW_OPTION_TEXT, false, "CLASS", "one of [archive] keep" },
    { "--until", "until_ms", GW_OPTION_NUMBER, false, "MS", "instead: milliseconds since 1970" },
    REASON,
    BY,
    { NULL },
};
static const GwOption archive_decide[] = {
    { "REQUEST", "request", GW_OPTION_TEXT, true, NULL, "id; see archive requests" },
    { "--reason", "reason", GW_OPTION_TEXT, false, "TEXT", "stays in the log" },
    BY,
    { NULL },
};
static const GwOption archive_purge_plan[] = {
    { "--before", "before_ms", GW_OPTION_NUMBER, false, "MS", "kept until before; milliseconds since 1970 (now)" },
    { "--kind", "kind", GW_OPTION_TEXT, false, "KIND", "visit, meeting ..." },
    { "--unit", "unit", GW_OPTION_TEXT, false, "ID", "and below" },
    REASON,
    BY,
    { NULL },
};
static const GwOption archive_purge[] = {
    { "PURGE", "purge", GW_OPTION_TEXT, true, NULL, "id; see archive purges" },
    { NULL },
};
static const GwOption archive_purge_approve[] = {
    { "PURGE", "purge", GW_OPTION_TEXT, true, NULL, "id; see archive purges" },
    { "--reason", "reason", GW_OPTION_TEXT, false, "TEXT", "stays in the log" },
    BY,
    { NULL },
};
static const GwOption archive_purge_undo[] = {
    { "PURGE", "purge", GW_OPTION_TEXT, true, NULL, "id; see archive purges" },
    REASON,
    BY,
    { NULL },
};
static const GwOption archive_derive[] = {
    { "SESSION", "session", GW_OPTION_TEXT, true, NULL, "id" },
    { "LAYOUT", "layout", GW_OPTION_TEXT, true, NULL, "side-by-side or speaker" },
    { "EDITS", "edits", GW_OPTION_JSON, false, NULL, "of a redaction: a file with a JSON array" },
    { "--reason", "reason", GW_OPTION_TEXT, false, "TEXT", "of a redaction; stays in the log" },
    BY,
    { NULL },
};
static const GwOption archive_derivative[] = {
    { "DERIVATIVE", "derivative", GW_OPTION_TEXT, true, NULL, "id; see archive derivatives" },
    { "--reason", "reason", GW_OPTION_TEXT, false, "TEXT", "of removing one; stays in the log" },
    BY,
    { NULL },
};
static const GwOption archive_export[] = {
    { "SESSION", "session", GW_OPTION_TEXT, true, NULL, "id" },
    { "--recipient", "recipient", GW_OPTION_TEXT, true, "WHO", "stands in the receipt" },
    { "--composite", "composite", GW_OPTION_TEXT, false, "LAYOUT", "with one picture, the watermark burnt in" },
    { "--redaction", "redaction", GW_OPTION_TEXT, false, "ID", "instead of the original" },
    REASON,
    BY,
    { NULL },
};
static const GwOption archive_review[] = {
    { "REVIEW", "review", GW_OPTION_TEXT, true, NULL, "id; see archive reviews" },
    { "--verdict", "verdict", GW_OPTION_TEXT, true, "VERDICT", "in-order, remarks or breach" },
    { "--text", "text", GW_OPTION_TEXT, false, "TEXT", "what was found" },
    BY,
    { NULL },
};
static const GwOption archive_take[] = {
    { "REVIEW", "review", GW_OPTION_TEXT, true, NULL, "id; see archive reviews" },
    BY,
    { NULL },
};
static const GwOption archive_draw[] = {
    { "--kind", "kind", GW_OPTION_TEXT, true, "KIND", "visit, meeting ..." },
    BY,
    { NULL },
};
static const GwOption archive_replay[] = {
    { "DRAW", "draw", GW_OPTION_TEXT, true, NULL, "id; see archive draws" },
    { NULL },
};
static const GwOption archive_observed[] = {
    { "--from", "from_ms", GW_OPTION_NUMBER, true, "MS", "milliseconds since 1970" },
    { "--to", "to_ms", GW_OPTION_NUMBER, true, "MS", "milliseconds since 1970" },
    { "--unit", "unit", GW_OPTION_TEXT, false, "ID", "and below" },
    { NULL },
};
static const GwOption archive_remark[] = {
    { "SESSION", "session", GW_OPTION_TEXT, true, NULL, "id" },
    { "--text", "text", GW_OPTION_TEXT, true, "TEXT", "the remark" },
    BY,
    { NULL },
};
static const GwOption archive_reply[] = {
    { "REMARK", "remark", GW_OPTION_TEXT, true, NULL, "id; see archive remarks" },
    { "--text", "text", GW_OPTION_TEXT, true, "TEXT", "the answer" },
    BY,
    { NULL },
};

static const char *const source_columns[] = { "source", "session", "party", "state", "wanted", NULL };
static const char *const session_columns[] = { "id",       "name",    "kind", "state", "recording_class",
                                               "began_ms", "parties", NULL };
static const char *const rebuild_columns[] = { "session", "change", NULL };
static const char *const archive_columns[] = { "session",       "began_ms",        "duration_ms", "subject.name",
                                               "terminal.name", "recording_class", "state",       NULL };
static const char *const view_columns[] = { "by", "at_ms", "from_ms", "to_ms", NULL };
static const char *const hold_columns[] = { "id", "session", "by", "at_ms", "reason", NULL };
static const char *const request_columns[] = { "id", "what", "session", "by", "at_ms", "state", "reason", NULL };
static const char *const purge_columns[] = { "id", "state", "by", "at_ms", "recordings", "bytes", "executes_ms", NULL };
static const char *const derivative_columns[] = { "id", "session", "kind", "layout", "state", "by", "at_ms", NULL };
static const char *const export_columns[] = { "id", "session", "by", "recipient", "at_ms", "bytes", "state", NULL };
static const char *const review_columns[] = { "id",     "session", "state", "assigned.display", "watched_percent",
                                              "due_ms", NULL };
static const char *const draw_columns[] = { "id", "kind", "at_ms", "percent", "listed", "drawn", "seed", NULL };
static const char *const observed_columns[] = {
    "session", "kind", "began_ms", "required", "observed_ms", "proven", NULL
};
static const char *const remark_columns[] = { "id", "session", "by", "made_ms", "due_ms", "state", "text", NULL };
static const char *const visit_columns[] = { "id",           "starts_ms",     "minutes",         "state",
                                             "subject.name", "terminal.name", "recording_class", NULL };
static const char *const person_columns[] = { "id", "name", "display", "role", "unit.name", "disabled", NULL };
static const char *const terminal_columns[] = { "id", "name", "unit.name", "online", NULL };
static const char *const camera_columns[] = { "id", "name", "unit.name", "state", "fault", "url", NULL };
static const char *const unit_columns[] = { "id", "name", "name_en", "tier", "parent", NULL };
static const char *const key_columns[] = { "file", "current", "from_ms", "to_ms", "sha256", NULL };
static const GwOption keys_export[] = {
    { "dir", "dir", GW_OPTION_TEXT, true, "DIR", "a folder that is there, with its whole path" },
    { NULL },
};
static const Command commands[] = {
    { "session create", "session.create", "Makes a session and prints its id.", session_create, .plain = "session" },
    { "session list", "session.list", "Lists live sessions.", NULL, .list = "sessions", .columns = session_columns },
    { "session end", "session.end", "Ends a session.", session_end },
    { "source provide", "source.provide", "Says who publishes for a terminal or a camera.", source_provide },
    { "source withdraw", "source.withdraw", "Nobody publishes for it any more.", source_withdraw },
    { "source list", "source.list", "Lists the sources in use.", NULL, .list = "sources", .columns = source_columns },
    { "token", "media.token", "Prints a token for WHIP and WHEP.", token, .plain = "token" },
    { "person add", "person.add", "Adds a person and prints a one-time link, with which a password is set.", person_add,
      .plain = "url" },
    { "person list", "person.list", "Lists the persons.", NULL, .list = "people", .columns = person_columns },
    { "person reset-factor", "person.reset-factor",
      "Of somebody who lost the telephone: signs out everywhere and prints a one-time link.", person_reset,
      .plain = "link" },
    { "terminal add", "terminal.add", "Adds a terminal and prints a one-time link that pairs a device with it.",
      terminal_add, .plain = "url" },
    { "terminal list", "terminal.list", "Lists the terminals.", NULL, .list = "terminals",
      .columns = terminal_columns },
    { "camera add", "camera.add", "Adds an RTSP camera and prints its id.", camera_add, .plain = "camera" },
    { "camera list", "camera.list", "Lists the cameras.", NULL, .list = "cameras", .columns = camera_columns },
    { "camera test", "camera.test", "Looks at a camera for some seconds and says what it is, or what to do.", camera },
    { "camera remove", "camera.remove", "Takes a camera off the list.", camera },
    { "unit add", "unit.add", "Adds a unit and prints its id.", unit_add, .plain = "unit" },
    { "unit list", "unit.list", "Lists the units.", NULL, .list = "units", .columns = unit_columns },
    { "unit move", "unit.move", "Puts a unit, with all below it, under another; what was keeps its place.", unit_move },
    { "unit import", "unit.import",
      "Says what a table of units would change, with the line of every fault; or does it.", unit_import,
      .list = "lines" },
    { "unit export", "unit.export", "Prints the units as the table that 'unit import' takes.", NULL, .plain = "text" },
    { "link", "link", "Prints a link for a person, a terminal or a family.", link_options, .plain = "url" },
    { "keys list", "keys.list", "Lists the certificates that log and manifests are signed with.", NULL, .list = "keys",
      .columns = key_columns },
    { "keys export", "keys.export", "Writes the certificates into a folder, to be published.", keys_export,
      .list = "files" },
    { "keys rotate", "keys.rotate", "Signs with new keys from now on.", NULL, .list = "keys", .columns = key_columns },
    { "log checkpoint", "log.checkpoint", "Prints the log's signed head.", NULL, .plain = "checkpoint" },
    { "log consistency", "log.consistency", "Prints the proof that the log has only grown, for yuanjian-verify.",
      consistency, .list = "proof" },
    { "log verify", "log.verify", "Reads the whole log again, and compares it with the audit table.", NULL },
    { "visit list", "visit.list", "Lists the visits of today.", NULL, .list = "visits", .columns = visit_columns },
    { "archive list", "archive.list", "Lists the recordings.", NULL, .list = "recordings", .columns = archive_columns },
    { "archive extract", "archive.extract", "Writes a recording in the clear, and prints its files.", extract,
      .list = "files" },
    { "rebuild-index", "archive.rebuild", "Makes the table of recordings again from their folders.", rebuild,
      .list = "changes", .columns = rebuild_columns },
    { "archive search", "archive.list", "Searches the recordings.", archive_search, .list = "recordings",
      .columns = archive_columns },
    { "archive show", "archive.show", "Shows one recording, and all that was done with it.", archive_session },
    { "archive views", "archive.views", "Lists who has seen which part.", archive_session, .list = "views",
      .columns = view_columns },
    { "archive health", "archive.health", "Shows what is damaged, and how log and time stamps are.", NULL },
    { "archive verify", "archive.verify", "Reads all of a recording again.", archive_session },
    { "archive hold", "archive.hold", "Keeps a recording until two persons lift the hold.", archive_hold },
    { "archive lift-hold", "archive.lift-hold", "Asks a second person to lift a hold.", archive_lift_hold },
    { "archive holds", "archive.holds", "Lists the holds in force.", NULL, .list = "holds", .columns = hold_columns },
    { "archive retention", "archive.retention", "Keeps a recording longer, or asks to keep it shorter.",
      archive_retention },
    { "archive requests", "archive.requests", "Lists what waits for a second person.", archive_state,
      .list = "requests", .columns = request_columns },
    { "archive approve", "archive.approve", "The second person agrees.", archive_decide },
    { "archive refuse", "archive.refuse", "Refuses what somebody asked for.", archive_decide },
    { "archive purge-plan", "archive.purge-plan", "Lists what is past its time; destroys nothing.",
      archive_purge_plan },
    { "archive purge-approve", "archive.purge-approve", "The second person agrees to a purge.", archive_purge_approve },
    { "archive purge-undo", "archive.purge-undo", "Stops a purge that has not been carried out.", archive_purge_undo },
    { "archive purges", "archive.purges", "Lists the purges.", NULL, .list = "purges", .columns = purge_columns },
    { "archive purge", "archive.purge", "Shows a purge with its list.", archive_purge },
    { "archive composite", "archive.composite", "Makes one playable picture of a recording.", archive_derive },
    { "archive redact", "archive.redact", "Asks a second person for a redacted copy.", archive_derive },
    { "archive derivatives", "archive.derivatives", "Lists derivatives.", archive_sessions, .list = "derivatives",
      .columns = derivative_columns },
    { "archive derivative-cancel", "archive.derivative-cancel", "Gives up what is being made.", archive_derivative },
    { "archive derivative-remove", "archive.derivative-remove", "Removes a composite.", archive_derivative },
    { "archive export", "archive.export", "Makes a package for somebody.", archive_export },
    { "archive exports", "archive.exports", "Lists the packages that were made.", archive_sessions, .list = "exports",
      .columns = export_columns },
    { "archive reviews", "archive.reviews", "Lists what a second person must watch.", archive_state, .list = "reviews",
      .columns = review_columns },
    { "archive review-take", "archive.review-take", "Takes a review.", archive_take },
    { "archive review", "archive.review-finish", "Says what a review has found.", archive_review },
    { "archive draw", "archive.draw", "Draws what is to be reviewed.", archive_draw },
    { "archive draws", "archive.draws", "Lists the draws.", NULL, .list = "draws", .columns = draw_columns },
    { "archive replay", "archive.draw-replay", "Draws the same lots again.", archive_replay },
    { "archive observed", "archive.observed", "Proves that what had to be observed was.", archive_observed,
      .list = "sessions", .columns = observed_columns },
    { "archive remark", "archive.remark", "A procurator's remark.", archive_remark },
    { "archive remarks", "archive.remarks", "Lists the procurators' remarks.", archive_state, .list = "remarks",
      .columns = remark_columns },
    { "archive reply", "archive.remark-reply", "Answers a remark.", archive_reply },
    { "archive path", "archive.path", "Prints the files of a recording, one a line.", session, .list = "files" },
    { "demo load", "demo.load", "Loads demonstration data into an empty node, or refreshes its day of visits.", NULL },
    { "demo links", "demo.links",
      "Prints new links for the demonstration's people, terminal and family.", NULL },
    { NULL },
};

static bool
matches(const Command *command, char **words, unsigned *ret_n)
{
    g_auto(GStrv) own = g_strsplit(command->words, " ", -1);
    unsigned n = 0;

    for (; own[n] != NULL; n++) {
        if (words[n] == NULL || !g_str_equal(words[n], own[n]))
            return false;
    }
    *ret_n = n;
    return true;
}

static const Command *
find(char **words, unsigned *ret_n)
{
    for (const Command *command = commands; command->words != NULL; command++) {
        if (matches(command, words, ret_n))
            return command;
    }
    return NULL;
}

/* "create, list, end" for "session"; "" when no command begins so. */
static char *
list_group(const char *word)
{
    GString *names = g_string_new(NULL);

    for (const Command *command = commands; command->words != NULL; command++) {
        g_auto(GStrv) own = g_strsplit(command->words, " ", -1);

        if (own[1] != NULL && g_str_equal(own[0], word))
            g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", own[1]);
    }
    return g_string_free(names, FALSE);
}

static const Command *
parse(char **words, JsonObject **ret_params, GError **error)
{
    unsigned n = 0;
    const Command *command = find(words, &n);

    if (command == NULL) {
        g_autofree char *group = list_group(words[0]);

        if (group[0] != '\0')
            g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION,
                        "'%s' is followed by one of: %s; see yuanjian --help", words[0], group);
        else
            g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION,
                        "there is no command '%s'; see yuanjian --help", words[0]);
        return NULL;
    }
    *ret_params = gw_options_parse(command->options, words + n, error);
    if (*ret_params == NULL) {
        g_prefix_error(error, "%s: ", command->words);
        return NULL;
    }
    return command;
}

JsonObject *
gw_commands_parse(char **words, const char **ret_method, GError **error)
{
    JsonObject *params = NULL;
    const Command *command = parse(words, &params, error);

    if (command == NULL)
        return NULL;
    *ret_method = command->method;
    return params;
}

char *
gw_commands_describe(void)
{
    GString *text = g_string_new("Usage: yuanjian COMMAND [OPTIONS]\n\n"
                                 "  serve            Runs the service.\n"
                                 "  fsync-check      Tells whether a disk is fit for recordings; needs no service.\n"
                                 "  scrub            Reads the archive again and says what is damaged.\n");

    for (const Command *command = commands; command->words != NULL; command++)
        g_string_append_printf(text, "  %-16s %s\n", command->words, command->summary);
    g_string_append(text, "\nCommands speak to the service that runs on --data DIR. Each has its own --help.\n");
    return g_string_free(text, FALSE);
}

static void
print_list(JsonArray *rows, const char *const *columns)
{
    if (columns != NULL) {
        g_autofree char *text = gw_table_format(rows, columns);
        fputs(text, stdout);
        return;
    }
    for (unsigned i = 0; i < json_array_get_length(rows); i++)
        puts(json_array_get_string_element(rows, i));
}

static void
print(const Command *command, JsonNode *result, bool as_json)
{
    JsonObject *object = JSON_NODE_HOLDS_OBJECT(result) ? json_node_get_object(result) : NULL;

    if (as_json || object == NULL) {
        /* Of a list, the list alone: what follows in a pipe wants the rows. */
        JsonNode *shown =
            object != NULL && command->list != NULL ? json_object_get_member(object, command->list) : result;
        g_autofree char *text = json_to_string(shown != NULL ? shown : result, TRUE);
        puts(text);
        return;
    }
    if (command->plain != NULL && json_object_has_member(object, command->plain)) {
        puts(json_object_get_string_member(object, command->plain));
        return;
    }
    if (command->list != NULL && json_object_has_member(object, command->list)) {
        print_list(json_object_get_array_member(object, command->list), command->columns);
        return;
    }
    g_autofree char *text = gw_table_format_object(object);
    fputs(text, stdout);
}

static int
exit_code_of(const GError *error)
{
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
        return EX_NOPERM;
    if (error->domain != SIG_ERROR)
        return EX_UNAVAILABLE;
    switch ((SigError)error->code) {
    case SIG_ERROR_BAD_PARAMS:
        return EX_USAGE;
    case SIG_ERROR_UNAVAILABLE:
        return EX_TEMPFAIL;
    case SIG_ERROR_INTERNAL:
        return EX_SOFTWARE;
    default:
        return EX_DATAERR;
    }
}

/* The service's parameters are what is left when the common ones are taken out. */
static int
call(const Command *command, JsonObject *params)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GwConfig) defaults = gw_config_load(NULL, NULL);
    g_autofree char *data_dir =
        g_strdup(json_object_get_string_member_with_default(params, "data", defaults->data_dir));
    bool as_json = json_object_has_member(params, "json");
    const char *method = command->method;

    if ((json_object_has_member(params, "by") || json_object_has_member(params, "user")) &&
        !gw_prompt_add_password(params, &error)) {
        fprintf(stderr, "yuanjian %s: %s\n", command->words, error->message);
        return EX_NOINPUT;
    }

    json_object_remove_member(params, "data");
    json_object_remove_member(params, "json");
    if (g_str_equal(method, "link") && json_object_has_member(params, "visit"))
        method = "visit.link";
    g_autoptr(JsonNode) result = gw_admin_ask(data_dir, method, params, &error);
    if (result == NULL) {
        fprintf(stderr, "yuanjian %s: %s\n", command->words, error->message);
        return exit_code_of(error);
    }
    print(command, result, as_json);
    return EX_OK;
}

int
gw_commands_run(char **words)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) params = NULL;
    const Command *command = parse(words, &params, &error);

    if (command == NULL) {
        fprintf(stderr, "yuanjian: %s\n", error->message);
        return EX_USAGE;
    }
    if (json_object_has_member(params, "help")) {
        g_autofree char *text = gw_options_describe(command->words, command->summary, command->options);
        fputs(text, stdout);
        return EX_OK;
    }
    return call(command, params);
}
