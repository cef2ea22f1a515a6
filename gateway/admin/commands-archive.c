/* Of the command line: what is about recordings, their keys and the log. */
#include "gateway/admin/command.h"

/* archive: what is done is done by a person with a name; the password is asked for. */
#define BY                                                                                                             \
    {                                                                                                                  \
        "--by", "by", GW_OPTION_TEXT, true, "NAME", "who does this; the password is asked for, or read from a pipe"    \
    }
#define REASON                                                                                                         \
    {                                                                                                                  \
        "--reason", "reason", GW_OPTION_TEXT, true, "TEXT", "stays in the log"                                         \
    }

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
static const char *const key_columns[] = { "file", "current", "from_ms", "to_ms", "sha256", NULL };
static const GwOption keys_export[] = {
    { "dir", "dir", GW_OPTION_TEXT, true, "DIR", "a folder that is there, with its whole path" },
    { NULL },
};

const GwCommand gw_commands_archive[] = {
    { "keys list", "keys.list", "Lists the certificates that log and manifests are signed with.", NULL, .list = "keys",
      .columns = key_columns },
    { "keys export", "keys.export", "Writes the certificates into a folder, to be published.", keys_export,
      .list = "files" },
    { "keys rotate", "keys.rotate", "Signs with new keys from now on.", NULL, .list = "keys", .columns = key_columns },
    { "log checkpoint", "log.checkpoint", "Prints the log's signed head.", NULL, .plain = "checkpoint" },
    { "log consistency", "log.consistency", "Prints the proof that the log has only grown, for yuanjian-verify.",
      consistency, .list = "proof" },
    { "log verify", "log.verify", "Reads the whole log again, and compares it with the audit table.", NULL },
    { "archive list", "archive.list", "Lists the recordings.", archive_search, .list = "recordings",
      .columns = archive_columns },
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
    { NULL },
};
