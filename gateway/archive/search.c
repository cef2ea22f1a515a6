#include "gateway/archive/search.h"

#include "gateway/archive/entry.h"

/* ?1 asker's unit, ?2 wanted unit, ?3 from, ?4 to, ?5 kind, ?6 cause, ?7 missing, ?8 held (-1: either), ?9 review, ?10 state,
 * ?11 until; then ?12 text, ?13 note, ?14 person, ?15 beyond person, ?16 officer, ?17 beyond officer, ?18 limit, ?19 offset. All
 * are bound in every statement, so each statement names all. */
#define BELOW                                                                                                          \
    "WITH RECURSIVE mine (id) AS (SELECT ?1 UNION SELECT unit.id FROM unit JOIN mine ON unit.parent = mine.id),"       \
    " wanted (id) AS (SELECT ?2 UNION SELECT unit.id FROM unit JOIN wanted ON unit.parent = wanted.id) "
/* %s: "+", which keeps the planner from going by began_ms where another order is wanted. */
#define ALWAYS                                                                                                         \
    " WHERE (?1 IS NULL OR recording.unit IN mine) AND (?2 IS NULL OR recording.unit IN wanted)"                       \
    " AND %sbegan_ms >= ?3 AND %sbegan_ms < ?4 AND (?5 IS NULL OR kind = ?5) AND (?6 IS NULL OR end_cause = ?6)"       \
    " AND +missing_ms >= ?7 AND (?8 < 0 OR (held > 0) = ?8) AND (?9 IS NULL OR review = ?9)"                           \
    " AND (?10 IS NULL OR state = ?10) AND (?11 = 0 OR (until_ms > 0 AND until_ms < ?11))"

static const char text_part[] = " AND search LIKE ?12 ESCAPE '\\'";
static const char note_part[] = " AND session IN (SELECT note.session FROM note WHERE note.text LIKE ?13 ESCAPE '\\')";
static const char person_part[] =
    " AND session IN (SELECT p.session FROM recording_person p WHERE p.name >= ?14 AND p.name < ?15"
    " UNION SELECT p.session FROM recording_person p WHERE p.ref = ?14)";
static const char officer_part[] =
    " AND session IN (SELECT p.session FROM recording_person p WHERE p.name >= ?16 AND p.name < ?17"
    " AND p.role = 'officer' UNION SELECT p.session FROM recording_person p WHERE p.ref = ?16 AND p.role = 'officer')";

static const struct {
    const char *name, *column;
} sorts[] = {
    { "began", "began_ms" }, { "duration", "duration_ms" }, { "missing", "missing_ms" },
    { "bytes", "bytes" },    { "until", "until_ms" },
};

static const char *
get(const GwSearch *self, const char *name)
{
    const char *text = json_object_get_string_member_with_default(self->filters, name, NULL);

    return text != NULL && *text != '\0' ? text : NULL;
}

static const char *
get_column(const GwSearch *self)
{
    const char *sort = get(self, "sort");

    for (unsigned i = 0; i < G_N_ELEMENTS(sorts); i++) {
        if (g_strcmp0(sorts[i].name, sort) == 0)
            return sorts[i].column;
    }
    return sorts[0].column;
}

const char *
gw_search_get_sql(const GwSearch *self, bool count)
{
    const char *direction = g_strcmp0(get(self, "order"), "up") == 0 ? "ASC" : "DESC";
    const char *column = get_column(self);
    bool by_time = column == sorts[0].column || count || json_object_has_member(self->filters, "from_ms") ||
                   json_object_has_member(self->filters, "to_ms");
    const char *aside = by_time ? "" : "+";
    GString *sql = g_string_new(BELOW "SELECT ");

    g_string_append(sql, count ? "count(*)" : GW_ENTRY_COLUMNS);
    g_string_append_printf(sql, " FROM recording" ALWAYS, aside, aside);
    if (get(self, "text") != NULL)
        g_string_append(sql, text_part);
    if (get(self, "note") != NULL)
        g_string_append(sql, note_part);
    if (get(self, "person") != NULL)
        g_string_append(sql, person_part);
    if (get(self, "officer") != NULL)
        g_string_append(sql, officer_part);
    if (count)
        g_string_append(sql, " AND coalesce(?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, 1) IS NOT NULL");
    else
        g_string_append_printf(sql,
                               " AND coalesce(?12, ?13, ?14, ?15, ?16, ?17, 1) IS NOT NULL"
                               " ORDER BY %s %s, session %s LIMIT ?18 OFFSET ?19",
                               column, direction, direction);
    const char *constant = g_intern_string(sql->str); /* at most 16 * (2 + 10 + 10) of them */
    g_string_free(sql, TRUE);
    return constant;
}

/* Backslash is the escape of LIKE. */
static void
bind_pattern(GwStatement *statement, const char *text)
{
    g_autoptr(GString) pattern = g_string_new("%");

    for (const char *c = text; c != NULL && *c != '\0'; c++) {
        if (*c == '%' || *c == '_' || *c == '\\')
            g_string_append_c(pattern, '\\');
        g_string_append_c(pattern, *c);
    }
    g_string_append_c(pattern, '%');
    gw_statement_text(statement, text != NULL ? pattern->str : NULL);
}

/* From the text itself to the last one that begins with it. */
static void
bind_beginning(GwStatement *statement, const char *text)
{
    g_autofree char *beyond = text != NULL ? g_strconcat(text, "\xf4\x8f\xbf\xbf", NULL) : NULL;

    gw_statement_text(statement, text);
    gw_statement_text(statement, beyond);
}

static GwStatement *
make_statement(const GwSearch *self, bool count)
{
    JsonObject *filters = self->filters;
    int64_t to_ms = json_object_get_int_member_with_default(filters, "to_ms", 0);
    GwStatement *statement = gw_statement_new(gw_search_get_sql(self, count));

    gw_statement_text(statement, self->asker_unit);
    gw_statement_text(statement, get(self, "unit"));
    gw_statement_int(statement, json_object_get_int_member_with_default(filters, "from_ms", 0));
    gw_statement_int(statement, to_ms != 0 ? to_ms : INT64_MAX);
    gw_statement_text(statement, get(self, "kind"));
    gw_statement_text(statement, get(self, "cause"));
    gw_statement_int(statement, json_object_get_int_member_with_default(filters, "min_missing_s", 0) * 1000);
    gw_statement_int(statement,
                     json_object_has_member(filters, "held") ? json_object_get_boolean_member(filters, "held") : -1);
    gw_statement_text(statement, get(self, "review"));
    gw_statement_text(statement, get(self, "state"));
    gw_statement_int(statement, json_object_get_int_member_with_default(filters, "until_before_ms", 0));
    bind_pattern(statement, get(self, "text"));
    bind_pattern(statement, get(self, "note"));
    bind_beginning(statement, get(self, "person"));
    bind_beginning(statement, get(self, "officer"));
    gw_statement_int(statement, json_object_get_int_member_with_default(filters, "limit", GW_SEARCH_DEFAULT_ROWS));
    gw_statement_int(statement, json_object_get_int_member_with_default(filters, "offset", 0));
    return statement;
}

GwStatement *
gw_search_to_rows(const GwSearch *self)
{
    return make_statement(self, false);
}

GwStatement *
gw_search_to_count(const GwSearch *self)
{
    return make_statement(self, true);
}
