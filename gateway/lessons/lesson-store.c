#define G_LOG_DOMAIN "gateway.lesson"

#include "gateway/lessons/lessons-priv.h"

/* Lessons in the store: the document, and what months are counted from. */

static GwStatement *
make_head(const GwLesson *self, const char *text)
{
    const GwGatheringHead *head = &self->base.head;
    GwStatement *statement = gw_statement_new(
        "INSERT INTO lesson (id, session, title, unit, person, state, planned_ms, started_ms, ended_ms, detail, sha256)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
        " ON CONFLICT (id) DO UPDATE SET state = excluded.state, started_ms = excluded.started_ms,"
        " ended_ms = excluded.ended_ms, detail = excluded.detail, sha256 = excluded.sha256");

    gw_statement_text(statement, head->id);
    gw_statement_text(statement, head->session);
    gw_statement_text(statement, head->name);
    gw_statement_text(statement, head->unit);
    gw_statement_text(statement, head->person);
    gw_statement_text(statement, gw_lesson_state_to_string(self->state));
    gw_statement_int(statement, self->plan.planned_ms);
    gw_statement_int(statement, head->started_ms);
    gw_statement_int(statement, head->ended_ms);
    gw_statement_text(statement, text);
    gw_statement_text(statement, self->sha256);
    return statement;
}

/* pupil NULL: the office itself. */
static GwStatement *
make_hours(const GwAttendee *place, const GwPupil *pupil)
{
    GwStatement *statement =
        gw_statement_new("INSERT INTO lesson_hours (lesson, unit, name, number, present_ms, passed, failed, undecided)"
                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (lesson, unit, name, number) DO UPDATE"
                         " SET present_ms = excluded.present_ms, passed = excluded.passed, failed = excluded.failed,"
                         " undecided = excluded.undecided");

    gw_statement_text(statement, place->base.gathering->head.id);
    gw_statement_text(statement, place->base.unit);
    gw_statement_text(statement, pupil != NULL ? pupil->name : "");
    gw_statement_text(statement, pupil != NULL ? pupil->number : "");
    gw_statement_int(statement, pupil != NULL ? pupil->present_ms : place->present_ms);
    gw_statement_int(statement, gw_attendee_count_verdicts(place, GW_VERDICT_PASSED));
    gw_statement_int(statement, gw_attendee_count_verdicts(place, GW_VERDICT_FAILED));
    gw_statement_int(statement, gw_attendee_count_verdicts(place, GW_VERDICT_OPEN));
    return statement;
}

static char *
make_text(const GwLesson *self)
{
    g_autoptr(JsonObject) sheet = gw_lesson_to_sheet(self);
    g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), sheet);

    return json_to_string(node, FALSE);
}

void
gw_lesson_write(GwLesson *self)
{
    g_autofree char *text = make_text(self);
    GPtrArray *statements = g_ptr_array_new();

    if (self->state == GW_LESSON_SIGNED && self->sha256 == NULL)
        self->sha256 = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    g_ptr_array_add(statements, make_head(self, text));
    for (guint i = 0; self->base.head.started_ms != 0 && i < self->base.callees->len; i++) {
        const GwAttendee *place = self->base.callees->pdata[i];
        g_ptr_array_add(statements, make_hours(place, NULL));
        for (guint j = 0; j < place->pupils->len; j++)
            g_ptr_array_add(statements, make_hours(place, place->pupils->pdata[j]));
    }
    gw_store_run_all(self->base.all->gateway->store, statements, NULL, NULL);
    self->unwritten = false;
    self->written_ms = gw_gatherings_now_ms(self->base.all);
}

static void
load_one(GwLessons *self, const GwRows *rows, unsigned row)
{
    g_autoptr(JsonNode) node = json_from_string(gw_rows_text(rows, row, 1), NULL);
    GwLesson *lesson = gw_lesson_new(self);

    if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node) || !gw_lesson_read_sheet(lesson, json_node_get_object(node))) {
        g_warning("lesson %s cannot be read: it stays as it is", gw_rows_text(rows, row, 0));
        gw_lesson_free(lesson);
        return;
    }
    gw_gatherings_adopt(&self->base, &lesson->base);
    if (lesson->state != GW_LESSON_LIVE)
        return;
    if (!gw_lesson_bring_back(lesson)) {
        g_warning("lesson %s cannot go on: its session is there already", lesson->base.head.id);
        return;
    }
    if (!gw_rows_is_null(rows, row, 2))
        gw_session_skip_ordinals(lesson->base.live, (unsigned)gw_rows_int(rows, row, 2));
}

bool
gw_lessons_load(GwLessons *self, GError **error)
{
    g_autoptr(GwRows) rows =
        gw_store_query(self->base.gateway->store,
                       gw_statement_new("SELECT lesson.id, detail, session.peers FROM lesson"
                                        " LEFT JOIN session ON session.id = lesson.session"
                                        " WHERE lesson.state IN ('planned', 'live', 'ended') ORDER BY planned_ms"),
                       error);

    for (unsigned i = 0; rows != NULL && i < gw_rows_get_count(rows); i++)
        load_one(self, rows, i);
    return rows != NULL;
}
