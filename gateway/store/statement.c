#include "gateway/store/statement.h"

static void
value_clear(void *data)
{
    GwValue *value = data;

    g_free(value->text);
}

static GArray *
values_new(void)
{
    GArray *values = g_array_new(FALSE, TRUE, sizeof(GwValue));

    g_array_set_clear_func(values, value_clear);
    return values;
}

GwStatement *
gw_statement_new(const char *sql)
{
    GwStatement *self = g_new0(GwStatement, 1);

    self->sql = sql;
    self->values = values_new();
    return self;
}

void
gw_statement_free(GwStatement *self)
{
    if (self == NULL)
        return;
    g_array_unref(self->values);
    g_free(self);
}

void
gw_statement_text(GwStatement *self, const char *value)
{
    GwValue bound = { .type = value != NULL ? GW_VALUE_TEXT : GW_VALUE_NULL, .text = g_strdup(value) };

    g_array_append_val(self->values, bound);
}

void
gw_statement_int(GwStatement *self, int64_t value)
{
    GwValue bound = { .type = GW_VALUE_INT, .number = value };

    g_array_append_val(self->values, bound);
}

void
gw_statement_null(GwStatement *self)
{
    gw_statement_text(self, NULL);
}

GwRows *
gw_rows_new(unsigned n_columns)
{
    GwRows *self = g_new0(GwRows, 1);

    self->n_columns = n_columns;
    self->values = values_new();
    return self;
}

void
gw_rows_free(GwRows *self)
{
    if (self == NULL)
        return;
    g_array_unref(self->values);
    g_free(self);
}

void
gw_rows_add_value(GwRows *self, GwValue value)
{
    g_array_append_val(self->values, value);
    self->n_rows = self->values->len / self->n_columns;
}

unsigned
gw_rows_get_count(const GwRows *self)
{
    return self->n_rows;
}

static const GwValue *
get_value(const GwRows *self, unsigned row, unsigned column)
{
    g_assert(row < self->n_rows && column < self->n_columns);

    return &g_array_index(self->values, GwValue, (size_t)row * self->n_columns + column);
}

const char *
gw_rows_text(const GwRows *self, unsigned row, unsigned column)
{
    return get_value(self, row, column)->text;
}

int64_t
gw_rows_int(const GwRows *self, unsigned row, unsigned column)
{
    return get_value(self, row, column)->number;
}

bool
gw_rows_is_null(const GwRows *self, unsigned row, unsigned column)
{
    return get_value(self, row, column)->type == GW_VALUE_NULL;
}
