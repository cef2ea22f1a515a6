#include "gateway/people/unit-import.h"

#include <string.h>

#include "gateway/people/csv.h"
#include "gateway/people/secret.h"
#include "gateway/people/tree.h"
#include "gateway/people/unit-table.h"

enum { MAX_ID = 64, MAX_NAME = 100, MAX_TIER = 32 };

/* As people write them; any other label is kept as it is. */
static const struct {
    const char *zh, *tier;
} tiers[] = {
    { "部", "ministry" },
    { "省", "province" },
    { "市", "city" },
    { "县", "county" },
    { "区", "county" },
    { "所", "office" },
    { "司法所", "office" },
    { "中队", "squad" },
    { "监狱", "prison" },
    { "法院", "court" },
    { "检察院", "procuratorate" },
    { "村", "village" },
};

typedef struct {
    unsigned line;
    const char *fields[GW_UNIT_N_COLUMNS]; /* of the table; "" for none */
    const char *id;                        /* of a unit that is there, or of the table, or made */
    char *new_id;
    const GwUnit *known; /* NULL: it is new */
    const char *parent;  /* resolved: id; NULL: stays, or a root */
    unsigned depth;      /* among the rows: parents first */
    bool moves, changes;
} Row;

typedef struct {
    unsigned line, other_line;
    const char *fault;
    const char *value;
} Fault;

struct GwUnitImport {
    GwDirectory *directory;
    GwCsv *csv;
    bool roots;
    GArray *rows;         /* Row */
    GHashTable *by_id;    /* id -> index of row + 1 */
    GHashTable *by_name;  /* name -> index of row + 1; UINT_MAX: several */
    GHashTable *known_of; /* name -> GwUnit; NULL: several */
    GArray *faults;       /* Fault */
    unsigned n_faults, n_new;
};

static Row *
get_row(const GwUnitImport *self, unsigned i)
{
    return &g_array_index(self->rows, Row, i);
}

static void
add_fault(GwUnitImport *self, const Row *row, const char *fault, const char *value, unsigned other_line)
{
    const Fault added = { row->line, other_line, fault, value };

    self->n_faults++;
    if (self->faults->len < GW_UNIT_IMPORT_MAX_FAULTS)
        g_array_append_val(self->faults, added);
}

static int
find_column(const GwCsv *csv, GwUnitColumn column)
{
    for (unsigned i = 0; i < gw_csv_get_n_columns(csv, 0); i++) {
        g_autofree char *name = g_strstrip(g_strdup(gw_csv_get(csv, 0, i)));
        if (g_ascii_strcasecmp(name, gw_unit_columns[column].en) == 0 || g_str_equal(name, gw_unit_columns[column].zh))
            return (int)i;
    }
    return -1;
}

/* Blanks around a field are nobody's name. The table is ours: they are cut in place. */
static const char *
read_field(const GwCsv *csv, unsigned row, int column)
{
    char *field = column >= 0 ? (char *)gw_csv_get(csv, row, (unsigned)column) : "";

    return *field != '\0' ? gw_csv_plain(g_strstrip(field)) : "";
}

static void
read_rows(GwUnitImport *self, const int *columns)
{
    for (unsigned i = 1; i < gw_csv_get_n_rows(self->csv); i++) {
        Row row = { .line = gw_csv_get_line(self->csv, i) };

        for (GwUnitColumn column = 0; column < GW_UNIT_N_COLUMNS; column++)
            row.fields[column] = read_field(self->csv, i, columns[column]);
        for (size_t k = 0; k < G_N_ELEMENTS(tiers); k++) {
            if (g_str_equal(row.fields[GW_UNIT_TIER], tiers[k].zh))
                row.fields[GW_UNIT_TIER] = tiers[k].tier;
        }
        g_array_append_val(self->rows, row);
    }
}

static void
row_clear(void *data)
{
    g_free(((Row *)data)->new_id);
}

static void
index_known(GwUnitImport *self)
{
    const GPtrArray *units = gw_directory_list_units(self->directory);

    for (guint i = 0; i < units->len; i++) {
        GwUnit *unit = units->pdata[i];
        bool seen = g_hash_table_contains(self->known_of, unit->name);
        if (unit->closed_ms == 0)
            g_hash_table_insert(self->known_of, unit->name, seen ? NULL : unit);
    }
}

GwUnitImport *
gw_unit_import_new(GwDirectory *directory, const char *text, size_t length, bool roots, GError **error)
{
    g_autoptr(GwCsv) csv = gw_csv_new(text, length, error);
    int columns[GW_UNIT_N_COLUMNS] = { -1 };

    if (csv == NULL)
        return NULL;
    for (GwUnitColumn column = 0; column < GW_UNIT_N_COLUMNS; column++)
        columns[column] = gw_csv_get_n_rows(csv) > 0 ? find_column(csv, column) : -1;
    if (columns[GW_UNIT_NAME] < 0) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS,
                            "line 1: the header has no column \"名称\" or \"name\"");
        return NULL;
    }

    GwUnitImport *self = g_new0(GwUnitImport, 1);
    self->directory = directory;
    self->csv = g_steal_pointer(&csv);
    self->roots = roots;
    self->rows = g_array_new(FALSE, FALSE, sizeof(Row));
    g_array_set_clear_func(self->rows, row_clear);
    self->by_id = g_hash_table_new(g_str_hash, g_str_equal);
    self->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    self->known_of = g_hash_table_new(g_str_hash, g_str_equal);
    self->faults = g_array_new(FALSE, FALSE, sizeof(Fault));
    read_rows(self, columns);
    index_known(self);
    return self;
}

void
gw_unit_import_free(GwUnitImport *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref(self->by_id);
    g_hash_table_unref(self->by_name);
    g_hash_table_unref(self->known_of);
    g_array_unref(self->rows);
    g_array_unref(self->faults);
    gw_csv_free(self->csv);
    g_free(self);
}

unsigned
gw_unit_import_get_n_faults(const GwUnitImport *self)
{
    return self->n_faults;
}

/* Each row alone: is it well formed, and which unit is it? */

static bool
is_id(const char *text)
{
    return strspn(text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-") == strlen(text);
}

static bool
has_control(const char *text)
{
    for (; *text != '\0'; text++) {
        if (g_ascii_iscntrl(*text))
            return true;
    }
    return false;
}

static void
check_form(GwUnitImport *self, const Row *row)
{
    static const size_t longest[GW_UNIT_N_COLUMNS] = { MAX_ID, MAX_NAME, MAX_NAME, MAX_TIER, MAX_NAME, 4000 };
    g_auto(GStrv) areas = gw_areas_from_string(row->fields[GW_UNIT_AREAS]);

    for (GwUnitColumn column = 0; column < GW_UNIT_N_COLUMNS; column++) {
        if (strlen(row->fields[column]) > longest[column] || has_control(row->fields[column]))
            add_fault(self, row, "too-long", row->fields[column], 0);
    }
    if (areas != NULL && g_strv_length(areas) > GW_UNIT_MAX_AREAS)
        add_fault(self, row, "too-long", row->fields[GW_UNIT_AREAS], 0);
    if (*row->fields[GW_UNIT_NAME] == '\0')
        add_fault(self, row, "no-name", NULL, 0);
    if (!is_id(row->fields[GW_UNIT_ID]))
        add_fault(self, row, "bad-id", row->fields[GW_UNIT_ID], 0);
}

static void
find_known(GwUnitImport *self, Row *row)
{
    const char *id = row->fields[GW_UNIT_ID], *name = row->fields[GW_UNIT_NAME];
    void *found = NULL;

    if (*id != '\0') {
        row->known = gw_directory_get_unit(self->directory, id);
        row->id = id;
    } else if (g_hash_table_lookup_extended(self->known_of, name, NULL, &found)) {
        row->known = found;
        if (found == NULL)
            add_fault(self, row, "several-of-name", name, 0);
    }
    if (row->known != NULL)
        row->id = row->known->id;
    else if (row->id == NULL)
        row->id = row->new_id = gw_secret_new_id("u");
    if (row->known == NULL && *row->fields[GW_UNIT_TIER] == '\0')
        add_fault(self, row, "no-tier", name, 0);
    if (row->known != NULL && row->known->closed_ms != 0)
        add_fault(self, row, "closed", row->known->name, 0);
    self->n_new += row->known == NULL;
}

static void
index_row(GwUnitImport *self, unsigned i)
{
    const Row *row = get_row(self, i);
    const char *name = row->fields[GW_UNIT_NAME];
    unsigned other = GPOINTER_TO_UINT(g_hash_table_lookup(self->by_id, row->id));

    if (other != 0) {
        add_fault(self, row, "double-id", *row->fields[GW_UNIT_ID] != '\0' ? row->id : name,
                  get_row(self, other - 1)->line);
        return;
    }
    g_hash_table_insert(self->by_id, (char *)row->id, GUINT_TO_POINTER(i + 1));
    other = GPOINTER_TO_UINT(g_hash_table_lookup(self->by_name, name));
    g_hash_table_insert(self->by_name, (char *)name, GUINT_TO_POINTER(other != 0 ? UINT_MAX : i + 1));
}

/* The rows together: who is under whom? */

static const char *
find_parent(GwUnitImport *self, const Row *row)
{
    const char *text = row->fields[GW_UNIT_PARENT];
    unsigned in_table = GPOINTER_TO_UINT(g_hash_table_lookup(self->by_id, text));
    void *known = NULL;

    if (in_table != 0)
        return get_row(self, in_table - 1)->id;
    if (gw_directory_get_unit(self->directory, text) != NULL)
        return text;
    in_table = GPOINTER_TO_UINT(g_hash_table_lookup(self->by_name, text));
    if (in_table == UINT_MAX) {
        add_fault(self, row, "several-parents", text, 0);
        return NULL;
    }
    if (in_table != 0)
        return get_row(self, in_table - 1)->id;
    if (!g_hash_table_lookup_extended(self->known_of, text, NULL, &known)) {
        add_fault(self, row, "no-such-parent", text, 0);
        return NULL;
    }
    if (known == NULL)
        add_fault(self, row, "several-parents", text, 0);
    return known != NULL ? ((const GwUnit *)known)->id : NULL;
}

static void
find_place(GwUnitImport *self, Row *row)
{
    if (*row->fields[GW_UNIT_PARENT] != '\0')
        row->parent = find_parent(self, row);
    else if (row->known == NULL && !self->roots)
        add_fault(self, row, "no-parent", row->fields[GW_UNIT_NAME], 0);
    row->moves = row->known != NULL && row->parent != NULL && g_strcmp0(row->parent, row->known->parent) != 0;
}

/* What is above this id when all is applied. */
static const char *
parent_of(const GwUnitImport *self, const char *id)
{
    unsigned in_table = GPOINTER_TO_UINT(g_hash_table_lookup(self->by_id, id));
    const Row *row = in_table != 0 ? get_row(self, in_table - 1) : NULL;
    const GwUnit *known = gw_directory_get_unit(self->directory, id);

    if (row != NULL && row->parent != NULL)
        return row->parent;
    return known != NULL ? known->parent : NULL;
}

static void
check_chain(GwUnitImport *self, Row *row)
{
    const char *at = row->id;

    /* What does not end soon hangs on a loop, which is told of the rows that make it. */
    for (row->depth = 0; at != NULL && row->depth <= 4 * GW_TREE_MAX_DEPTH; row->depth++) {
        at = parent_of(self, at);
        if (at != NULL && g_str_equal(at, row->id)) {
            add_fault(self, row, "loop", row->fields[GW_UNIT_NAME], 0);
            return;
        }
    }
    if (at == NULL && row->depth > GW_TREE_MAX_DEPTH)
        add_fault(self, row, "too-deep", row->fields[GW_UNIT_NAME], 0);
}

/* Two of one name under one parent: nobody could tell them apart. */
static void
check_siblings(GwUnitImport *self)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const GPtrArray *units = gw_directory_list_units(self->directory);

    for (guint i = 0; i < units->len; i++) {
        const GwUnit *unit = units->pdata[i];
        if (!g_hash_table_contains(self->by_id, unit->id) && unit->closed_ms == 0)
            g_hash_table_insert(seen, g_strdup_printf("%s\n%s", unit->parent != NULL ? unit->parent : "", unit->name),
                                GUINT_TO_POINTER(UINT_MAX));
    }
    for (unsigned i = 0; i < self->rows->len; i++) {
        const Row *row = get_row(self, i);
        const char *parent = parent_of(self, row->id);
        g_autofree char *key = g_strdup_printf("%s\n%s", parent != NULL ? parent : "", row->fields[GW_UNIT_NAME]);
        unsigned other = GPOINTER_TO_UINT(g_hash_table_lookup(seen, key));

        if (GPOINTER_TO_UINT(g_hash_table_lookup(self->by_id, row->id)) != i + 1)
            continue; /* a double, told before */
        if (other != 0)
            add_fault(self, row, "double-name", row->fields[GW_UNIT_NAME],
                      other != UINT_MAX ? get_row(self, other - 1)->line : 0);
        else
            g_hash_table_insert(seen, g_steal_pointer(&key), GUINT_TO_POINTER(i + 1));
    }
}

static bool
differs(const char *field, const char *value)
{
    return *field != '\0' && g_strcmp0(field, value) != 0;
}

static void
find_change(Row *row)
{
    g_auto(GStrv) areas = gw_areas_from_string(row->fields[GW_UNIT_AREAS]);
    g_autofree char *now = row->known != NULL ? gw_areas_to_string(row->known->areas) : NULL;
    g_autofree char *then = gw_areas_to_string(areas);

    row->changes = row->known != NULL &&
                   (differs(row->fields[GW_UNIT_NAME], row->known->name) ||
                    differs(row->fields[GW_UNIT_NAME_EN], row->known->name_en) ||
                    differs(row->fields[GW_UNIT_TIER], row->known->tier) || differs(then != NULL ? then : "", now));
}

static void
check_rights(GwUnitImport *self, const Row *row, GwUnitAllowed allowed, void *user_data)
{
    bool parent_is_known = row->parent != NULL && gw_directory_get_unit(self->directory, row->parent) != NULL;

    if (row->known != NULL && (row->moves || row->changes) && !allowed(row->known->id, user_data))
        add_fault(self, row, "not-yours", row->known->name, 0);
    else if (row->moves && (row->known->parent == NULL || !allowed(row->known->parent, user_data)))
        add_fault(self, row, "not-yours", row->known->name, 0);
    else if ((row->moves || row->known == NULL) && parent_is_known && !allowed(row->parent, user_data))
        add_fault(self, row, "not-yours", row->fields[GW_UNIT_PARENT], 0);
}

void
gw_unit_import_check(GwUnitImport *self, GwUnitAllowed allowed, void *user_data)
{
    for (unsigned i = 0; i < self->rows->len; i++) {
        check_form(self, get_row(self, i));
        find_known(self, get_row(self, i));
        index_row(self, i);
    }
    for (unsigned i = 0; i < self->rows->len; i++) {
        find_place(self, get_row(self, i));
        find_change(get_row(self, i));
        check_rights(self, get_row(self, i), allowed, user_data);
    }
    for (unsigned i = 0; i < self->rows->len; i++)
        check_chain(self, get_row(self, i));
    check_siblings(self);
    if (gw_directory_list_units(self->directory)->len + self->n_new > GW_DIRECTORY_MAX_UNITS)
        add_fault(self, &(Row){ .line = 1 }, "too-many", NULL, 0);
}

static bool
has_room(const GwUnit *unit)
{
    return ((const GwUnitRecord *)unit)->places->len + 2 <= GW_TREE_MAX_PLACES;
}

static bool
apply_row(GwUnitImport *self, const Row *row, int64_t now_ms, GError **error)
{
    const char *const *fields = row->fields;

    if (row->known == NULL) {
        const GwNewUnit unit = { row->id,
                                 fields[GW_UNIT_NAME],
                                 *fields[GW_UNIT_NAME_EN] ? fields[GW_UNIT_NAME_EN] : NULL,
                                 fields[GW_UNIT_TIER],
                                 row->parent,
                                 fields[GW_UNIT_AREAS] };
        return gw_directory_add_unit(self->directory, &unit, error) != NULL;
    }
    const GwUnitChange change = {
        fields[GW_UNIT_NAME],
        *fields[GW_UNIT_NAME_EN] ? fields[GW_UNIT_NAME_EN] : NULL,
        *fields[GW_UNIT_TIER] ? fields[GW_UNIT_TIER] : NULL,
        *fields[GW_UNIT_AREAS] ? fields[GW_UNIT_AREAS] : NULL,
    };
    return (!row->changes || gw_tree_change(self->directory, row->id, &change, now_ms, error)) &&
           (!row->moves || gw_tree_move(self->directory, row->id, row->parent, now_ms, error));
}

static int
compare_depth(const void *a, const void *b)
{
    const Row *one = *(Row *const *)a, *other = *(Row *const *)b;

    return one->depth != other->depth ? (one->depth > other->depth) - (one->depth < other->depth)
                                      : (one->line > other->line) - (one->line < other->line);
}

/* From the top down: what a unit is put under has its last place by then, so nothing can be in its own way. */
bool
gw_unit_import_apply(GwUnitImport *self, int64_t now_ms, GError **error)
{
    g_autoptr(GPtrArray) order = g_ptr_array_new();
    bool fine = true;

    g_assert(self->n_faults == 0);
    for (unsigned i = 0; i < self->rows->len; i++) {
        const Row *row = get_row(self, i);

        if (row->known != NULL && !has_room(row->known)) {
            g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "%s was moved or renamed too often", row->known->name);
            return false;
        }
        g_ptr_array_add(order, (void *)row);
    }
    g_ptr_array_sort(order, compare_depth);
    gw_directory_begin(self->directory);
    for (guint i = 0; i < order->len && fine; i++)
        fine = apply_row(self, order->pdata[i], now_ms, error);
    gw_directory_end(self->directory);
    return fine;
}

static JsonObject *
row_to_json(const Row *row, const char *const *names, const char *const *values)
{
    JsonObject *object = json_object_new();

    json_object_set_int_member(object, "line", row->line);
    json_object_set_string_member(object, "id", row->id);
    json_object_set_string_member(object, "name", row->fields[GW_UNIT_NAME]);
    for (unsigned i = 0; names[i] != NULL; i++) {
        if (values[i] != NULL && *values[i] != '\0')
            json_object_set_string_member(object, names[i], values[i]);
    }
    return object;
}

/* As people call it: the name in the table, or the one that it has. */
static const char *
name_of(const GwUnitImport *self, const char *id)
{
    unsigned in_table = id != NULL ? GPOINTER_TO_UINT(g_hash_table_lookup(self->by_id, id)) : 0;
    const GwUnit *known = gw_directory_get_unit(self->directory, id);

    if (in_table != 0)
        return get_row(self, in_table - 1)->fields[GW_UNIT_NAME];
    return known != NULL ? known->name : NULL;
}

static void
add_row(const GwUnitImport *self, const Row *row, JsonObject *lists)
{
    static const char *const added[] = { "parent", "tier", NULL }, *const changed[] = { "before", NULL },
                             *const moved[] = { "from", "to", NULL };
    const GwUnit *known = row->known;
    const char *to = name_of(self, row->parent);

    if (known == NULL)
        json_array_add_object_element(json_object_get_array_member(lists, "add"),
                                      row_to_json(row, added, (const char *[]){ to, row->fields[GW_UNIT_TIER] }));
    if (row->changes)
        json_array_add_object_element(json_object_get_array_member(lists, "change"),
                                      row_to_json(row, changed, (const char *[]){ known->name }));
    if (row->moves)
        json_array_add_object_element(json_object_get_array_member(lists, "move"),
                                      row_to_json(row, moved, (const char *[]){ name_of(self, known->parent), to }));
}

static JsonArray *
faults_to_json(const GwUnitImport *self)
{
    JsonArray *array = json_array_new();

    for (guint i = 0; i < self->faults->len; i++) {
        const Fault *fault = &g_array_index(self->faults, Fault, i);
        JsonObject *object = json_object_new();

        json_object_set_int_member(object, "line", fault->line);
        json_object_set_string_member(object, "fault", fault->fault);
        if (fault->value != NULL)
            json_object_set_string_member(object, "value", fault->value);
        if (fault->other_line != 0)
            json_object_set_int_member(object, "other_line", fault->other_line);
        json_array_add_object_element(array, object);
    }
    return array;
}

JsonObject *
gw_unit_import_to_json(const GwUnitImport *self)
{
    JsonObject *object = json_object_new();
    unsigned same = 0;

    json_object_set_int_member(object, "rows", self->rows->len);
    json_object_set_array_member(object, "add", json_array_new());
    json_object_set_array_member(object, "change", json_array_new());
    json_object_set_array_member(object, "move", json_array_new());
    for (unsigned i = 0; i < self->rows->len; i++) {
        const Row *row = get_row(self, i);

        same += row->known != NULL && !row->changes && !row->moves;
        add_row(self, row, object);
    }
    json_object_set_int_member(object, "same", same);
    json_object_set_int_member(object, "n_faults", self->n_faults);
    json_object_set_array_member(object, "faults", faults_to_json(self));
    return object;
}
