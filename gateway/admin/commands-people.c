/* Of the command line: what is about persons, terminals, cameras and units. */
#include "gateway/admin/command.h"

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
static const char *const person_columns[] = { "id", "name", "display", "role", "unit.name", "disabled", NULL };
static const char *const terminal_columns[] = { "id", "name", "unit.name", "online", NULL };
static const char *const camera_columns[] = { "id", "name", "unit.name", "state", "fault", "url", NULL };
static const char *const unit_columns[] = { "id", "name", "name_en", "tier", "parent", NULL };

const GwCommand gw_commands_people[] = {
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
    { NULL },
};
