#include <string.h>

#include "gateway/people/mask.h"

static void
test_masked(void)
{
    static const struct {
        const char *number, *masked;
    } rows[] = {
        { "13812345678", "138****5678" },
        { "11010519491231002X", "110***********002X" },
        { "+86 138 1234 5678", "+86**********5678" },
        { "1234567890", "**********" }, /* too short to show any of it */
        { "1", "*" },
        { "", "" },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *masked = gw_mask_number(rows[i].number);
        g_assert_cmpstr(masked, ==, rows[i].masked);
    }
    g_assert_null(gw_mask_number(NULL));
}

static void
test_numbers(void)
{
    char longest[GW_MASK_MAX + 2];

    memset(longest, '1', sizeof longest);
    longest[GW_MASK_MAX] = '\0';
    g_assert_true(gw_mask_is_number(longest));
    longest[GW_MASK_MAX] = '1';
    longest[GW_MASK_MAX + 1] = '\0';
    g_assert_false(gw_mask_is_number(longest));
    g_assert_true(gw_mask_is_number("+86 138-1234"));
    g_assert_false(gw_mask_is_number("138\n"));
    g_assert_false(gw_mask_is_number("张三"));
    g_assert_false(gw_mask_is_number(""));
    g_assert_false(gw_mask_is_number(NULL));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/people/mask/the-middle-is-hidden", test_masked);
    g_test_add_func("/people/mask/what-is-no-number", test_numbers);
    return g_test_run();
}
