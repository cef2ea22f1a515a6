#include <fcntl.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "gateway/store/store.h"

typedef struct {
    char *dir, *path;
    GwStore *store;
    GString *order; /* what the callbacks wrote */
    unsigned left;  /* answers to come */
} Fixture;

static void
setup(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    (void)data;

    fixture->dir = g_dir_make_tmp("store-XXXXXX", &error);
    g_assert_no_error(error);
    fixture->path = g_build_filename(fixture->dir, "index.db", NULL);
    fixture->store = gw_store_new(fixture->path, &error);
    g_assert_no_error(error);
    fixture->order = g_string_new(NULL);
}

static void
teardown(Fixture *fixture, const void *data)
{
    const char *endings[] = { "", "-wal", "-shm", "-journal" };
    (void)data;

    gw_store_free(fixture->store);
    for (unsigned i = 0; i < G_N_ELEMENTS(endings); i++) {
        g_autofree char *name = g_strconcat(fixture->path, endings[i], NULL);
        g_unlink(name);
    }
    g_rmdir(fixture->dir);
    g_string_free(fixture->order, TRUE);
    g_free(fixture->path);
    g_free(fixture->dir);
}

static void
reopen(Fixture *fixture, GError **error)
{
    g_clear_pointer(&fixture->store, gw_store_free);
    fixture->store = gw_store_new(fixture->path, error);
}

static void
must(Fixture *fixture, const char *sql)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GwRows) rows = gw_store_query(fixture->store, gw_statement_new(sql), &error);

    g_assert_no_error(error);
    g_assert_nonnull(rows);
}

static int64_t
count(Fixture *fixture, const char *sql)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GwRows) rows = gw_store_query(fixture->store, gw_statement_new(sql), &error);

    g_assert_no_error(error);
    return gw_rows_int(rows, 0, 0);
}

static void
on_done(GwRows *rows, const GError *error, void *user_data)
{
    Fixture *fixture = user_data;

    if (error == NULL)
        g_string_append(fixture->order, rows != NULL ? "r" : "-");
    else if (g_error_matches(error, GW_STORE_ERROR, GW_STORE_ERROR_CONFLICT))
        g_string_append(fixture->order, "C");
    else if (g_error_matches(error, GW_STORE_ERROR, GW_STORE_ERROR_UNAVAILABLE))
        g_string_append(fixture->order, "U");
    else
        g_string_append(fixture->order, "B");
    fixture->left--;
}

static void
run(Fixture *fixture, GwStatement *statement)
{
    fixture->left++;
    gw_store_run(fixture->store, statement, on_done, fixture);
}

static void
wait(Fixture *fixture)
{
    while (fixture->left > 0)
        g_main_context_iteration(NULL, TRUE);
}

static GwStatement *
insert(int64_t id)
{
    GwStatement *statement = gw_statement_new("INSERT INTO thing (id, name) VALUES (?1, ?2)");

    gw_statement_int(statement, id);
    gw_statement_text(statement, "a name");
    return statement;
}

static void
test_private_file(Fixture *fixture, const void *data)
{
    struct stat info;
    (void)data;

    g_assert_cmpint(stat(fixture->path, &info), ==, 0);
    g_assert_cmpint(info.st_mode & 0777, ==, 0600);
}

static void
test_values_come_back(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    GwStatement *statement = gw_statement_new("SELECT ?1, ?2, ?3, ?4");
    (void)data;

    gw_statement_text(statement, "清溪市");
    gw_statement_int(statement, INT64_MIN);
    gw_statement_null(statement);
    gw_statement_text(statement, "");
    g_autoptr(GwRows) rows = gw_store_query(fixture->store, statement, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(gw_rows_get_count(rows), ==, 1);
    g_assert_cmpstr(gw_rows_text(rows, 0, 0), ==, "清溪市");
    g_assert_cmpint(gw_rows_int(rows, 0, 1), ==, INT64_MIN);
    g_assert_true(gw_rows_is_null(rows, 0, 2));
    g_assert_null(gw_rows_text(rows, 0, 2));
    g_assert_cmpstr(gw_rows_text(rows, 0, 3), ==, "");
}

static void
test_answers_in_order(Fixture *fixture, const void *data)
{
    (void)data;

    must(fixture, "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL)");
    run(fixture, insert(1));
    run(fixture, insert(1)); /* there already */
    run(fixture, insert(2));
    run(fixture, gw_statement_new("SELECT nonsense FROM thing"));
    run(fixture, gw_statement_new("SELECT ?1")); /* a value is missing */
    run(fixture, insert(3));
    g_assert_cmpstr(fixture->order->str, ==, ""); /* never from inside the call */
    wait(fixture);
    g_assert_cmpstr(fixture->order->str, ==, "rCrBBr");
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM thing"), ==, 3);
}

static void
test_all_or_none(Fixture *fixture, const void *data)
{
    (void)data;

    must(fixture, "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL)");
    for (int64_t last = 3; last >= 2; last--) {
        GPtrArray *statements = g_ptr_array_new();
        g_ptr_array_add(statements, insert(last));
        g_ptr_array_add(statements, insert(2)); /* the second time it is a conflict with itself */
        fixture->left++;
        gw_store_run_all(fixture->store, statements, on_done, fixture);
        run(fixture, insert(10 + last));
    }
    wait(fixture);
    g_assert_cmpstr(fixture->order->str, ==, "-rCr");
    g_assert_cmpint(count(fixture, "SELECT sum(id) FROM thing"), ==, 3 + 2 + 13 + 12);
}

static void
test_survives_restart(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    (void)data;

    must(fixture, "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL)");
    for (int64_t id = 1; id <= 1000; id++)
        gw_store_run(fixture->store, insert(id), NULL, NULL);
    reopen(fixture, &error); /* freeing runs what is queued */
    g_assert_no_error(error);
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM thing"), ==, 1000);
}

static void
test_disk_full_and_room_again(Fixture *fixture, const void *data)
{
    GwStoreStats stats;
    (void)data;

    must(fixture, "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL)");
    must(fixture, "CREATE TABLE big (text TEXT)");
    must(fixture, "PRAGMA max_page_count = 1"); /* no page more than there are */
    run(fixture, gw_statement_new("INSERT INTO big VALUES (hex(zeroblob(100000)))"));
    run(fixture, insert(1)); /* fits into a page that is there */
    run(fixture, gw_statement_new("INSERT INTO big VALUES (hex(zeroblob(100000)))"));
    wait(fixture);
    g_assert_cmpstr(fixture->order->str, ==, "UrU");
    gw_store_get_stats(fixture->store, &stats);
    g_assert_cmpuint(stats.failed, ==, 2);
    g_assert_false(stats.healthy);

    must(fixture, "PRAGMA max_page_count = 100000");
    run(fixture, gw_statement_new("INSERT INTO big VALUES (hex(zeroblob(100000)))"));
    wait(fixture);
    g_assert_cmpstr(fixture->order->str, ==, "UrUr");
    gw_store_get_stats(fixture->store, &stats);
    g_assert_true(stats.healthy);
}

static unsigned
get_kept(Fixture *fixture)
{
    GwStoreStats stats;

    gw_store_get_stats(fixture->store, &stats);
    g_assert_false(stats.healthy && stats.kept > 0);
    return stats.kept;
}

static void
fill_disk(Fixture *fixture)
{
    must(fixture, "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL)");
    must(fixture, "CREATE TABLE big (text TEXT)");
    must(fixture, "PRAGMA max_page_count = 1");
}

static GwStatement *
insert_big(void)
{
    return gw_statement_new("INSERT INTO big VALUES (hex(zeroblob(100000)))");
}

/* Nobody hears of these writes, so nobody could repeat them. */
static void
test_disk_full_keeps_writes_in_order(Fixture *fixture, const void *data)
{
    (void)data;

    fill_disk(fixture);
    g_test_expect_message("gateway.store", G_LOG_LEVEL_WARNING, "what changes is kept and written later*full*");
    gw_store_run(fixture->store, insert_big(), NULL, NULL);
    gw_store_run(fixture->store, insert(1), NULL, NULL);
    gw_store_run(fixture->store, gw_statement_new("UPDATE thing SET name = 'changed'"), NULL, NULL);
    gw_store_run(fixture->store, insert(2), NULL, NULL);
    gw_store_flush(fixture->store); /* does not wait for the disk */
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM big"), ==, 0);
    g_assert_cmpuint(get_kept(fixture), >, 0);
    g_test_assert_expected_messages();

    must(fixture, "PRAGMA max_page_count = 100000");
    while (get_kept(fixture) > 0)
        g_usleep(1000);
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM big"), ==, 1);
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM thing WHERE id = 1 AND name = 'changed'"), ==, 1);
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM thing WHERE id = 2 AND name = 'a name'"), ==, 1);
}

static void
test_disk_full_keeps_so_many(Fixture *fixture, const void *data)
{
    (void)data;

    fill_disk(fixture);
    g_test_expect_message("gateway.store", G_LOG_LEVEL_WARNING, "what changes is kept and written later*full*");
    g_test_expect_message("gateway.store", G_LOG_LEVEL_WARNING, "more than *: the oldest are given up");
    g_test_expect_message("gateway.store", G_LOG_LEVEL_WARNING, "* could not be made before the end");
    for (unsigned i = 0; i < GW_STORE_MAX_QUEUED + 100; i++) {
        gw_store_run(fixture->store, insert_big(), NULL, NULL);
        if (i % 1000 == 0)
            gw_store_flush(fixture->store);
    }
    gw_store_flush(fixture->store);
    g_assert_cmpuint(get_kept(fixture), ==, GW_STORE_MAX_QUEUED);
    g_clear_pointer(&fixture->store, gw_store_free);
    g_test_assert_expected_messages();
}

static void
test_bounded_queue(Fixture *fixture, const void *data)
{
    unsigned refused = 0;
    (void)data;

    must(fixture, "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL)");
    /* The store thread is kept busy by the first statement while main queues. */
    run(fixture, gw_statement_new("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000)"
                                  " SELECT count(*) FROM n"));
    for (int64_t id = 1; id <= GW_STORE_MAX_QUEUED + 5; id++)
        run(fixture, insert(id));
    wait(fixture);
    for (const char *at = fixture->order->str; *at != '\0'; at++)
        refused += *at == 'U';
    g_assert_cmpuint(refused, >=, 1);
    g_assert_cmpuint(fixture->order->len, ==, GW_STORE_MAX_QUEUED + 6);
    g_assert_cmpint(count(fixture, "SELECT count(*) FROM thing"), ==, GW_STORE_MAX_QUEUED + 5 - refused);
}

static void
test_newer_schema(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    (void)data;

    must(fixture, "INSERT INTO schema_step VALUES (9999, 'from the future', 0)");
    reopen(fixture, &error);
    g_assert_error(error, GW_STORE_ERROR, GW_STORE_ERROR_SCHEMA);
    g_assert_nonnull(strstr(error->message, fixture->path));
    g_assert_null(fixture->store);
}

static void
test_damaged_file(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    (void)data;

    g_clear_pointer(&fixture->store, gw_store_free);
    g_assert_true(g_file_set_contents(fixture->path, "this is not a database, it is a sentence", -1, NULL));
    reopen(fixture, &error);
    g_assert_error(error, GW_STORE_ERROR, GW_STORE_ERROR_UNAVAILABLE);
    g_assert_nonnull(strstr(error->message, fixture->path));
    g_assert_null(fixture->store);
}

static void
test_damaged_page(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    char noise[4096];
    (void)data;

    g_clear_pointer(&fixture->store, gw_store_free);
    memset(noise, 0xa5, sizeof(noise));
    int fd = g_open(fixture->path, O_WRONLY, 0);
    g_assert_cmpint(pwrite(fd, noise, sizeof(noise), 4096), ==, sizeof(noise));
    g_close(fd, NULL);
    reopen(fixture, &error);
    g_assert_error(error, GW_STORE_ERROR, GW_STORE_ERROR_UNAVAILABLE);
    g_assert_nonnull(strstr(error->message, fixture->path));
}

static void
test_second_program(Fixture *fixture, const void *data)
{
    sqlite3 *other = NULL;
    (void)data;

    g_assert_cmpint(sqlite3_open(fixture->path, &other), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(other, "SELECT * FROM schema_step", NULL, NULL, NULL), ==, SQLITE_BUSY);
    sqlite3_close(other);
}

static void
test_cannot_be_made(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(gw_store_new("/nonexistent/index.db", &error));
    g_assert_error(error, GW_STORE_ERROR, GW_STORE_ERROR_UNAVAILABLE);
    g_assert_nonnull(strstr(error->message, "/nonexistent/index.db"));
}

static void
test_failure_without_asker(Fixture *fixture, const void *data)
{
    (void)data;

    g_test_expect_message("gateway.store", G_LOG_LEVEL_WARNING, "a write failed:*");
    gw_store_run(fixture->store, gw_statement_new("INSERT INTO nothing VALUES (1)"), NULL, NULL);
    run(fixture, gw_statement_new("SELECT 1"));
    wait(fixture);
    g_test_assert_expected_messages();
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, func) g_test_add("/gateway/store/" name, Fixture, NULL, setup, func, teardown)
    TEST("private-file", test_private_file);
    TEST("values-come-back", test_values_come_back);
    TEST("answers-in-order", test_answers_in_order);
    TEST("all-or-none", test_all_or_none);
    TEST("survives-restart", test_survives_restart);
    TEST("disk-full-and-room-again", test_disk_full_and_room_again);
    TEST("disk-full-keeps-writes-in-order", test_disk_full_keeps_writes_in_order);
    TEST("disk-full-keeps-so-many", test_disk_full_keeps_so_many);
    TEST("bounded-queue", test_bounded_queue);
    TEST("newer-schema", test_newer_schema);
    TEST("damaged-file", test_damaged_file);
    TEST("damaged-page", test_damaged_page);
    TEST("second-program", test_second_program);
    TEST("failure-without-asker", test_failure_without_asker);
    g_test_add_func("/gateway/store/cannot-be-made", test_cannot_be_made);
    return g_test_run();
}
