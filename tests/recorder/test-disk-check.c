#include "recorder/disk-check.h"

#include "tests/recorder/folder.h"

static void
signs_are_read(void)
{
    static const struct {
        RecDiskFigures figures;
        RecDiskVerdict verdict;
        bool fast;
    } cases[] = {
        { { "ext4", false, true, false, true, 100, 300, 900, 2000 }, REC_DISK_KEEPS, true },
        { { "ext4", false, true, false, true, 100, 2, 3, 5 }, REC_DISK_FORGETS, true },
        { { "tmpfs", false, false, false, false, 100, 20, 30, 50 }, REC_DISK_FORGETS, true },
        { { "xfs", true, true, false, true, 100, 300, 900, 2000 }, REC_DISK_DOUBTFUL, true },
        { { "ext4", false, true, true, true, 100, 90, 900, 2000 }, REC_DISK_DOUBTFUL, true },
        { { "ext4", false, true, true, false, 100, 9000, 40000, 90000 }, REC_DISK_KEEPS, true },
        { { "nfs4", false, false, false, false, 100, 900, 4000, 9000 }, REC_DISK_UNKNOWN, true },
        { { "fuse.sshfs", false, false, false, false, 100, 900, 4000, 9000 }, REC_DISK_UNKNOWN, true },
        { { "ext4", false, true, false, true, 100, 300, 250000, 300000 }, REC_DISK_KEEPS, false },
        { { "ext4", false, true, false, true, 100, 300, 900, 1000000 }, REC_DISK_KEEPS, false },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) reasons = g_ptr_array_new_with_free_func(g_free);
        g_test_message("case %zu", i);
        g_assert_cmpint(rec_disk_judge(&cases[i].figures, reasons), ==, cases[i].verdict);
        g_assert_cmpuint(reasons->len, >, 0);
        g_assert_true(rec_disk_is_fast_enough(&cases[i].figures, reasons) == cases[i].fast);
    }
}

static void
folder_is_measured_and_left_as_it_was(void)
{
    char *dir = folder_new();
    g_autoptr(GDir) left = NULL;
    g_autoptr(GError) error = NULL;
    RecDiskFigures figures;

    g_assert_true(rec_disk_measure(dir, &figures, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(figures.n_syncs, >, 0);
    g_assert_cmpint(figures.p50_us, <=, figures.p99_us);
    g_assert_cmpint(figures.p99_us, <=, figures.max_us);
    left = g_dir_open(dir, 0, NULL);
    g_assert_null(g_dir_read_name(left));
    folder_free(dir);
}

static void
folder_that_is_none_is_an_error(void)
{
    g_autoptr(GError) error = NULL;
    RecDiskFigures figures;

    g_assert_false(rec_disk_measure("/proc/nobody-can-write-here", &figures, &error));
    g_assert_error(error, REC_ERROR, REC_ERROR_IO);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/recorder/disk-check/signs-are-read", signs_are_read);
    g_test_add_func("/recorder/disk-check/folder-is-measured-and-left-as-it-was",
                    folder_is_measured_and_left_as_it_was);
    g_test_add_func("/recorder/disk-check/folder-that-is-none-is-an-error", folder_that_is_none_is_an_error);
    return g_test_run();
}
