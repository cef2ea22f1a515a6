#define G_LOG_DOMAIN "gateway.subjects"

#include "gateway/visits/subjects.h"

#include <string.h>

#include "gateway/people/mask.h"

enum { MAX_ID = 64, MAX_NAME = 256 };

struct GwSubjects {
    GwStore *store;       /* borrowed */
    GHashTable *subjects; /* owned */
    GHashTable *visitors; /* borrowed from their subjects */
};

static void
free_visitor(void *data)
{
    GwVisitor *visitor = data;

    g_free(visitor->id);
    g_free(visitor->subject);
    g_free(visitor->name);
    g_free(visitor->relation);
    g_free(visitor->phone);
    g_free(visitor->id_number);
    g_free(visitor);
}

static void
free_subject(void *data)
{
    GwSubject *subject = data;

    g_ptr_array_unref(subject->visitors);
    g_free(subject->id);
    g_free(subject->name);
    g_free(subject->number);
    g_free(subject->unit);
    g_free(subject->picture);
    g_free(subject);
}

bool
gw_visit_id_is_valid(const char *id)
{
    size_t length = id != NULL ? strlen(id) : 0;

    return length > 0 && length <= MAX_ID &&
           strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == length;
}

static GwSubject *
insert_subject(GwSubjects *self, const GwSubjectImport *import)
{
    GwSubject *subject = g_new0(GwSubject, 1);

    subject->id = g_strdup(import->id);
    subject->name = g_strdup(import->name);
    subject->number = g_strdup(import->number);
    subject->unit = g_strdup(import->unit);
    subject->visitors = g_ptr_array_new_with_free_func(free_visitor);
    g_hash_table_insert(self->subjects, subject->id, subject);
    return subject;
}

static void
insert_visitor(GwSubjects *self, GwSubject *subject, const GwVisitorImport *import)
{
    GwVisitor *visitor = g_new0(GwVisitor, 1);

    visitor->id = g_strdup(import->id);
    visitor->subject = g_strdup(import->subject);
    visitor->name = g_strdup(import->name);
    visitor->relation = g_strdup(import->relation);
    visitor->phone = g_strdup(import->phone);
    visitor->id_number = g_strdup(import->id_number);
    g_ptr_array_add(subject->visitors, visitor);
    g_hash_table_insert(self->visitors, visitor->id, visitor);
}

static bool
load(GwSubjects *self, GError **error)
{
    g_autoptr(GwRows) subjects = gw_store_query(
        self->store, gw_statement_new("SELECT id, name, number, unit, picture, picture_ms FROM subject"), error);
    g_autoptr(GwRows) visitors = NULL;

    if (subjects == NULL)
        return false;
    visitors = gw_store_query(
        self->store, gw_statement_new("SELECT id, subject, name, relation, phone, id_number FROM visitor ORDER BY id"),
        error);
    if (visitors == NULL)
        return false;
    for (unsigned i = 0; i < gw_rows_get_count(subjects); i++) {
        GwSubjectImport row = { gw_rows_text(subjects, i, 0), gw_rows_text(subjects, i, 1),
                                gw_rows_text(subjects, i, 2), gw_rows_text(subjects, i, 3) };
        GwSubject *subject = insert_subject(self, &row);
        subject->picture = g_strdup(gw_rows_text(subjects, i, 4));
        subject->picture_ms = gw_rows_int(subjects, i, 5);
    }
    for (unsigned i = 0; i < gw_rows_get_count(visitors); i++) {
        GwVisitorImport row = { gw_rows_text(visitors, i, 0), gw_rows_text(visitors, i, 1),
                                gw_rows_text(visitors, i, 2), gw_rows_text(visitors, i, 3),
                                gw_rows_text(visitors, i, 4), gw_rows_text(visitors, i, 5) };
        GwSubject *subject = g_hash_table_lookup(self->subjects, row.subject);
        if (subject != NULL)
            insert_visitor(self, subject, &row);
    }
    return true;
}

GwSubjects *
gw_subjects_new(GwStore *store, GError **error)
{
    g_autoptr(GwSubjects) self = g_new0(GwSubjects, 1);

    self->store = store;
    self->subjects = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_subject);
    self->visitors = g_hash_table_new(g_str_hash, g_str_equal);
    return load(self, error) ? g_steal_pointer(&self) : NULL;
}

void
gw_subjects_free(GwSubjects *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref(self->visitors);
    g_hash_table_unref(self->subjects);
    g_free(self);
}

const GwSubject *
gw_subjects_find(const GwSubjects *self, const char *id)
{
    return g_hash_table_lookup(self->subjects, id);
}

const GwVisitor *
gw_subjects_find_visitor(const GwSubjects *self, const char *id)
{
    return g_hash_table_lookup(self->visitors, id);
}

static int
compare_subjects(const void *a, const void *b)
{
    return strcmp(((const GwSubject *)a)->number, ((const GwSubject *)b)->number);
}

void
gw_subjects_foreach(const GwSubjects *self, void (*func)(const GwSubject *subject, void *data), void *data)
{
    g_autoptr(GList) subjects = g_list_sort(g_hash_table_get_values(self->subjects), compare_subjects);

    for (GList *item = subjects; item != NULL; item = item->next)
        func(item->data, data);
}

bool
gw_subject_check(const char *id, const char *name, GError **error)
{
    if (!gw_visit_id_is_valid(id)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS,
                            "An id is 1 to 64 letters, digits, dots, '-' or '_'.");
        return false;
    }
    if (name == NULL || *name == '\0' || strlen(name) > MAX_NAME || !g_utf8_validate(name, -1, NULL)) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "%s: a name is 1 to %d bytes of UTF-8.", id, MAX_NAME);
        return false;
    }
    return true;
}

bool
gw_subjects_add(GwSubjects *self, const GwSubjectImport *import, GError **error)
{
    if (!gw_subject_check(import->id, import->name, error))
        return false;
    if (gw_subjects_find(self, import->id) != NULL)
        return true;
    insert_subject(self, import);
    GwStatement *statement = gw_statement_new("INSERT INTO subject (id, name, number, unit) VALUES (?1, ?2, ?3, ?4)");
    gw_statement_text(statement, import->id);
    gw_statement_text(statement, import->name);
    gw_statement_text(statement, import->number);
    gw_statement_text(statement, import->unit);
    gw_store_run(self->store, statement, NULL, NULL);
    return true;
}

static void
set_text(char **text, const char *value)
{
    char *copy = g_strdup(value);

    g_free(*text);
    *text = copy;
}

bool
gw_subjects_change(GwSubjects *self, const GwSubjectImport *import, GError **error)
{
    GwSubject *subject = g_hash_table_lookup(self->subjects, import->id);

    if (subject == NULL || !gw_subject_check(import->id, import->name, error)) {
        if (subject == NULL)
            g_set_error(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "There is no subject \"%s\".", import->id);
        return false;
    }
    set_text(&subject->name, import->name);
    set_text(&subject->number, import->number);
    set_text(&subject->unit, import->unit);
    GwStatement *statement = gw_statement_new("UPDATE subject SET name = ?2, number = ?3, unit = ?4 WHERE id = ?1");
    gw_statement_text(statement, import->id);
    gw_statement_text(statement, import->name);
    gw_statement_text(statement, import->number);
    gw_statement_text(statement, import->unit);
    gw_store_run(self->store, statement, NULL, NULL);
    return true;
}

void
gw_subjects_set_picture(GwSubjects *self, const char *id, const char *sha256, int64_t now_ms)
{
    GwSubject *subject = g_hash_table_lookup(self->subjects, id);
    GwStatement *statement = NULL;

    if (subject == NULL)
        return;
    set_text(&subject->picture, sha256);
    subject->picture_ms = now_ms;
    statement = gw_statement_new("UPDATE subject SET picture = ?2, picture_ms = ?3 WHERE id = ?1");
    gw_statement_text(statement, id);
    gw_statement_text(statement, sha256);
    gw_statement_int(statement, now_ms);
    gw_store_run(self->store, statement, NULL, NULL);
}

static bool
check_number(const char *number, GError **error)
{
    if (number == NULL || gw_mask_is_number(number))
        return true;
    g_set_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS,
                "A telephone or identity number is 1 to %d letters, digits, spaces, '+' or '-'.", GW_MASK_MAX);
    return false;
}

bool
gw_subjects_add_visitor(GwSubjects *self, const GwVisitorImport *import, GError **error)
{
    GwSubject *subject = g_hash_table_lookup(self->subjects, import->subject);

    if (!gw_subject_check(import->id, import->name, error))
        return false;
    if (!check_number(import->phone, error) || !check_number(import->id_number, error))
        return false;
    if (gw_subjects_find_visitor(self, import->id) != NULL)
        return true;
    if (subject == NULL || subject->visitors->len >= GW_MAX_VISITORS_OF_SUBJECT) {
        g_set_error(error, SIG_ERROR, subject == NULL ? SIG_ERROR_NOT_FOUND : SIG_ERROR_LIMIT,
                    subject == NULL ? "There is no subject \"%s\"." : "The list of \"%s\" is full.", import->subject);
        return false;
    }
    insert_visitor(self, subject, import);
    GwStatement *statement = gw_statement_new("INSERT INTO visitor (id, subject, name, relation, phone, id_number)"
                                              " VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    gw_statement_text(statement, import->id);
    gw_statement_text(statement, import->subject);
    gw_statement_text(statement, import->name);
    gw_statement_text(statement, import->relation);
    gw_statement_text(statement, import->phone);
    gw_statement_text(statement, import->id_number);
    gw_store_run(self->store, statement, NULL, NULL);
    return true;
}

JsonObject *
gw_subject_to_json(const GwSubject *self)
{
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "id", self->id);
    json_object_set_string_member(object, "name", self->name);
    json_object_set_string_member(object, "number", self->number);
    return object;
}

JsonObject *
gw_visitor_to_json(const GwVisitor *self)
{
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "id", self->id);
    json_object_set_string_member(object, "name", self->name);
    json_object_set_string_member(object, "relation", self->relation);
    return object;
}

void
gw_visitor_add_masked(const GwVisitor *self, JsonObject *object)
{
    g_autofree char *phone = gw_mask_number(self->phone), *id_number = gw_mask_number(self->id_number);

    if (phone != NULL)
        json_object_set_string_member(object, "phone", phone);
    if (id_number != NULL)
        json_object_set_string_member(object, "id_number", id_number);
}
