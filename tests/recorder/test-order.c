#include "recorder/order.h"

#include <string.h>

static RecOrder *
read_order(const char *text, GError **error)
{
    return rec_order_from_json(text, strlen(text), error);
}

static void
an_order_comes_back_as_it_was(void)
{
    g_autoptr(GError) error = NULL;
    const char *text =
        "{\"layout\":\"speaker\",\"title\":\"会见\",\"note\":\"n\",\"watermark\":\"w\",\"names\":{\"family\":\"甲\","
        "\"terminal\":\"乙\"},\"edits\":[{\"what\":\"mute\",\"from_ms\":0,\"to_ms\":10},{\"what\":\"black\","
        "\"party\":\"family\",\"from_ms\":5,\"to_ms\":6,\"area\":{\"x\":1,\"y\":2,\"width\":999,"
        "\"height\":998}}]}";
    g_autoptr(RecOrder) order = read_order(text, &error);

    g_assert_no_error(error);
    g_autofree char *again = rec_order_to_json(order);
    g_assert_cmpstr(again, ==, text);
}

static void
wrong_edits_are_refused(void)
{
    static const char *const edits[] = {
        "[1]",
        "[{\"what\":\"blur\",\"from_ms\":0,\"to_ms\":1}]",
        "[{\"what\":\"mute\",\"from_ms\":1,\"to_ms\":1}]",
        "[{\"what\":\"mute\",\"from_ms\":-1,\"to_ms\":1}]",
        "[{\"what\":\"mute\",\"from_ms\":0,\"to_ms\":604800001}]",
        "[{\"what\":\"mute\",\"party\":\"../x\",\"from_ms\":0,\"to_ms\":1}]",
        "[{\"what\":\"mute\",\"party\":7,\"from_ms\":0,\"to_ms\":1}]",
        "[{\"what\":\"mute\",\"party\":\"p\",\"from_ms\":0,\"to_ms\":1,\"area\":{\"x\":0,\"y\":0,\"width\":1,"
        "\"height\":1}}]",
        "[{\"what\":\"black\",\"from_ms\":0,\"to_ms\":1,\"area\":{\"x\":0,\"y\":0,\"width\":1,\"height\":1}}]",
        "[{\"what\":\"black\",\"party\":\"p\",\"from_ms\":0,\"to_ms\":1,\"area\":{\"x\":1,\"y\":0,\"width\":1000,"
        "\"height\":1}}]",
        "[{\"what\":\"black\",\"party\":\"p\",\"from_ms\":0,\"to_ms\":1,\"area\":{\"x\":0,\"y\":0,\"width\":0,"
        "\"height\":1}}]",
        "[{\"what\":\"black\",\"party\":\"p\",\"from_ms\":0,\"to_ms\":1,\"area\":7}]",
        "{}",
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(edits); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text = g_strdup_printf("{\"layout\":\"speaker\",\"edits\":%s}", edits[i]);
        g_assert_null(read_order(text, &error));
        g_assert_error(error, REC_ERROR, REC_ERROR_INVALID);
    }
}

static void
edits_have_a_limit(void)
{
    g_autoptr(GString) text = g_string_new("{\"layout\":\"speaker\",\"edits\":[");
    g_autoptr(GError) error = NULL;

    for (unsigned i = 0; i < REC_ORDER_MAX_EDITS; i++)
        g_string_append_printf(text, "%s{\"what\":\"mute\",\"from_ms\":0,\"to_ms\":1}", i > 0 ? "," : "");
    g_autofree char *most = g_strconcat(text->str, "]}", NULL);
    g_autofree char *more = g_strconcat(text->str, ",{\"what\":\"mute\",\"from_ms\":0,\"to_ms\":1}]}", NULL);
    g_autoptr(RecOrder) order = read_order(most, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(order->edits->len, ==, REC_ORDER_MAX_EDITS);
    g_assert_null(read_order(more, &error));
    g_assert_error(error, REC_ERROR, REC_ERROR_INVALID);
}

static void
an_edit_of_all_covers_everybody(void)
{
    const RecEdit all = { .from_us = 10, .to_us = 20 }, one = { .party = (char *)"p", .from_us = 10, .to_us = 20 };

    g_assert_true(rec_edit_covers(&all, "p", 15, 16));
    g_assert_true(rec_edit_covers(&all, NULL, 0, 11));
    g_assert_false(rec_edit_covers(&all, "p", 20, 30));
    g_assert_true(rec_edit_covers(&one, "p", 19, 30));
    g_assert_false(rec_edit_covers(&one, "q", 15, 16));
    g_assert_false(rec_edit_covers(&one, NULL, 15, 16));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/recorder/order/an-order-comes-back-as-it-was", an_order_comes_back_as_it_was);
    g_test_add_func("/recorder/order/wrong-edits-are-refused", wrong_edits_are_refused);
    g_test_add_func("/recorder/order/edits-have-a-limit", edits_have_a_limit);
    g_test_add_func("/recorder/order/an-edit-of-all-covers-everybody", an_edit_of_all_covers_everybody);
    return g_test_run();
}
