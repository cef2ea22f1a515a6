#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/people/csv.h"
#include "gateway/supervisees/supervisees-priv.h"

/* A table of supervisees: id, name, number (the id where there is none), unit (its id, or its name where that is the only one).
 * The header says which column is which, in either language. All of it, or nothing. */

typedef enum {
    ID,
    NAME,
    NUMBER,
    UNIT,
    N_COLUMNS,
} Column;

static const struct {
    const char *en, *zh;
} columns[N_COLUMNS] = { { "id", "编号" }, { "name", "姓名" }, { "number", "档案号" }, { "unit", "单位" } };

typedef struct {
    GwQuestion *question;
    const GwSubjects *subjects;
    GwCsv *csv; /* owned */
    int at[N_COLUMNS];
    GHashTable *units; /* name -> unit id (borrowed); "" when several have it */
    GHashTable *seen;  /* id -> line */
    GPtrArray *rows;   /* GwSubjectImport with owned strings: what is new or another */
    JsonArray *faults; /* owned */
    int64_t added, changed, same, n_faults;
} Import;

static void
free_row(void *data)
{
    GwSubjectImport *row = data;

    g_free((char *)row->id);
    g_free((char *)row->name);
    g_free((char *)row->number);
    g_free((char *)row->unit);
    g_free(row);
}

static void
import_free(void *data)
{
    Import *self = data;

    g_clear_pointer(&self->csv, gw_csv_free);
    g_hash_table_unref(self->units);
    g_hash_table_unref(self->seen);
    g_ptr_array_unref(self->rows);
    g_clear_pointer(&self->faults, json_array_unref);
    g_free(self);
}

static void
index_unit(const GwUnit *unit, void *data)
{
    Import *self = data;

    if (unit->closed_ms != 0 || !gw_question_reaches(self->question, GW_SUPERVISEES_SEE, unit->id))
        return;
    g_hash_table_insert(self->units, unit->name,
                        g_hash_table_contains(self->units, unit->name) ? (char *)"" : unit->id);
}

static char *
read_field(const Import *self, unsigned row, Column column)
{
    g_autofree char *field =
        self->at[column] >= 0 ? g_strdup(gw_csv_get(self->csv, row, (unsigned)self->at[column])) : g_strdup("");

    return g_strdup(gw_csv_plain(g_strstrip(field)));
}

static void
add_fault(Import *self, unsigned row, const char *fault, const char *value)
{
    JsonObject *object = json_object_new();

    if (self->n_faults++ < GW_SUPERVISEES_MAX_FAULTS) {
        json_object_set_int_member(object, "line", gw_csv_get_line(self->csv, row));
        json_object_set_string_member(object, "fault", fault);
        gw_object_set_text(object, "value", value);
        json_array_add_object_element(self->faults, object);
        return;
    }
    json_object_unref(object);
}

static const char *
find_unit(const Import *self, const char *text)
{
    const GwUnit *unit = gw_people_get_unit(self->question->row.gateway->people, text);
    const char *named = g_hash_table_lookup(self->units, text);

    if (unit != NULL && unit->closed_ms == 0 && gw_question_reaches(self->question, GW_SUPERVISEES_SEE, unit->id))
        return unit->id;
    return named != NULL && *named != '\0' ? named : NULL;
}

/* What is wrong with a row; NULL: nothing. */
static const char *
judge(const Import *self, const GwSubjectImport *row, const GwSubject *there, const char **ret_value)
{
    *ret_value = row->id;
    if (!gw_visit_id_is_valid(row->id))
        return "bad-id";
    if (g_hash_table_contains(self->seen, row->id))
        return "twice";
    if (there != NULL && !gw_question_reaches(self->question, GW_SUPERVISEES_SEE, there->unit))
        return "elsewhere";
    *ret_value = row->name;
    if (!gw_subject_check(row->id, row->name, NULL) || strlen(row->number) > GW_CSV_MAX_FIELD / 10)
        return "bad-name";
    return NULL;
}

static void
take_row(Import *self, unsigned i)
{
    GwSubjectImport *row = g_new0(GwSubjectImport, 1);
    g_autofree char *unit_text = read_field(self, i, UNIT);
    const char *unit = find_unit(self, unit_text), *value = NULL, *fault = NULL;
    const GwSubject *there = NULL;

    row->id = read_field(self, i, ID);
    row->name = read_field(self, i, NAME);
    row->number = read_field(self, i, NUMBER);
    if (*row->number == '\0') {
        g_free((char *)row->number);
        row->number = g_strdup(row->id);
    }
    row->unit = g_strdup(unit);
    there = gw_subjects_find(self->subjects, row->id);
    fault = judge(self, row, there, &value);
    if (fault != NULL || unit == NULL) {
        add_fault(self, i, fault != NULL ? fault : "no-unit", fault != NULL ? value : unit_text);
        free_row(row);
        return;
    }
    g_hash_table_add(self->seen, g_strdup(row->id));
    if (there != NULL && strcmp(there->name, row->name) == 0 && strcmp(there->number, row->number) == 0 &&
        strcmp(there->unit, row->unit) == 0) {
        self->same++;
        free_row(row);
        return;
    }
    *(there != NULL ? &self->changed : &self->added) += 1;
    g_ptr_array_add(self->rows, row);
}

static bool
find_columns(Import *self)
{
    unsigned n = gw_csv_get_n_rows(self->csv) > 0 ? gw_csv_get_n_columns(self->csv, 0) : 0;

    for (Column column = 0; column < N_COLUMNS; column++) {
        self->at[column] = -1;
        for (unsigned i = 0; i < n && self->at[column] < 0; i++) {
            g_autofree char *name = g_strstrip(g_strdup(gw_csv_get(self->csv, 0, i)));
            if (g_ascii_strcasecmp(name, columns[column].en) == 0 || strcmp(name, columns[column].zh) == 0)
                self->at[column] = (int)i;
        }
    }
    return self->at[ID] >= 0 && self->at[NAME] >= 0 && self->at[UNIT] >= 0;
}

static void
answer(GwQuestion *question, bool applied)
{
    Import *self = question->data;

    json_object_set_int_member(question->result, "added", self->added);
    json_object_set_int_member(question->result, "changed", self->changed);
    json_object_set_int_member(question->result, "same", self->same);
    json_object_set_int_member(question->result, "n_faults", self->n_faults);
    json_object_set_array_member(question->result, "faults", g_steal_pointer(&self->faults));
    json_object_set_boolean_member(question->result, "applied", applied);
    gw_question_reply(question);
}

static void
apply(GwQuestion *question)
{
    const Import *self = question->data;
    GwSupervisees *supervisees = question->row.subject;

    for (unsigned i = 0; i < self->rows->len; i++) {
        const GwSubjectImport *row = self->rows->pdata[i];
        g_autoptr(GError) error = NULL;
        bool good = gw_subjects_find(supervisees->subjects, row->id) != NULL
                        ? gw_subjects_change(supervisees->subjects, row, &error)
                        : gw_subjects_add(supervisees->subjects, row, &error);
        if (!good)
            g_warning("supervisees: %s: %s", row->id, error->message);
    }
    answer(question, true);
}

void
gw_supervisees_import(GwQuestion *question)
{
    const GwSupervisees *supervisees = question->row.subject;
    const char *text = gw_question_get(question, "text");
    g_autoptr(GError) error = NULL;
    GwCsv *csv = gw_csv_new(text, strlen(text), &error);
    Import *self = NULL;
    JsonObject *detail = NULL;

    if (csv == NULL) {
        gw_question_fail_error(question, error);
        return;
    }
    self = g_new0(Import, 1);
    *self = (Import){ .question = question,
                      .subjects = supervisees->subjects,
                      .csv = csv,
                      .units = g_hash_table_new(g_str_hash, g_str_equal),
                      .seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                      .rows = g_ptr_array_new_with_free_func(free_row),
                      .faults = json_array_new() };
    gw_question_set_data(question, self, import_free);
    if (!find_columns(self) || gw_csv_get_n_rows(csv) > GW_SUPERVISEES_MAX_IMPORT + 1) {
        gw_question_fail(
            question, SIG_ERROR_BAD_PARAMS,
            "The first line names the columns: id, name, unit (or 编号, 姓名, 单位); at most %u rows follow.",
            (unsigned)GW_SUPERVISEES_MAX_IMPORT);
        return;
    }
    gw_people_foreach_unit(supervisees->gateway->people, index_unit, self);
    for (unsigned i = 1; i < gw_csv_get_n_rows(csv); i++)
        take_row(self, i);
    if (!gw_question_get_bool(question, "apply") || self->n_faults > 0 || self->rows->len == 0) {
        answer(question, false);
        return;
    }
    detail = json_object_new();
    json_object_set_int_member(detail, "added", self->added);
    json_object_set_int_member(detail, "changed", self->changed);
    gw_question_log(question, "supervisee.import", detail, apply);
}
