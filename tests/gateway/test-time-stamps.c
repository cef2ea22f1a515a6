#include "gateway/evidence/time-stamps.h"

#include "scratch.h"
#include "tests/recorder/tsa.h"

enum { PATIENCE_US = 20 * G_USEC_PER_SEC };

typedef struct {
    TestFolder *folder, *authority;
    Scratch scratch;
    GwConfig config;
    Gateway gateway;
    Tsa *tsa;
    char *urls[3], *archive;
    GwTimeStamps *stamps;
} Fixture;

static void
begin(Fixture *f)
{
    f->scratch.dir = g_strdup(test_folder_get_path(f->folder));
    scratch_open(&f->scratch);
    const GwEvidenceConfig config = {
        .data_dir = test_folder_get_path(f->folder),
        .node = "test",
        .store = f->scratch.store,
    };
    f->gateway = (Gateway){
        .config = &f->config,
        .store = f->scratch.store,
        .audit = f->scratch.audit,
        .evidence = gw_evidence_new(&config, NULL),
    };
    g_assert_nonnull(f->gateway.evidence);
    f->stamps = gw_time_stamps_new(&f->gateway, f->archive);
    gw_store_flush(f->scratch.store);
}

static void
end(Fixture *f)
{
    gw_store_flush(f->scratch.store);
    g_clear_pointer(&f->stamps, gw_time_stamps_free);
    g_clear_pointer(&f->gateway.evidence, gw_evidence_free);
    scratch_close(&f->scratch);
    g_clear_pointer(&f->scratch.path, g_free);
    g_clear_pointer(&f->scratch.dir, g_free);
}

static void
set_up(Fixture *f, const void *data)
{
    (void)data;
    f->folder = test_folder_new();
    f->authority = test_folder_new();
    tsa_make(f->authority);
    f->tsa = tsa_start(f->authority);
    f->archive = test_folder_get(f->folder, "archive");
    f->urls[0] = f->tsa->url;
    f->config.evidence.tsa = f->urls;
    f->config.evidence.tsa_ca = test_folder_get(f->authority, "ca.pem");
    begin(f);
}

static void
tear_down(Fixture *f, const void *data)
{
    (void)data;
    end(f);
    tsa_free(f->tsa);
    g_free(f->archive);
    g_free(f->config.evidence.tsa_ca);
    test_folder_free(f->folder);
    test_folder_free(f->authority);
}

static int64_t
count(Fixture *f, const char *sql)
{
    gw_store_flush(f->scratch.store);
    return scratch_count(&f->scratch, sql);
}

/* Until the answer to what was asked has been dealt with. */
static void
wait_for(Fixture *f, const char *sql)
{
    int64_t until_us = g_get_monotonic_time() + PATIENCE_US;

    while (count(f, sql) == 0) {
        g_assert_cmpint(g_get_monotonic_time(), <, until_us);
        g_main_context_iteration(NULL, FALSE);
        g_usleep(2000);
    }
}

static void
ask(Fixture *f, const char *session)
{
    gw_evidence_append(f->gateway.evidence, &(GwEvidenceEntry){ .type = "manifest", .session = session }, NULL, NULL,
                       NULL);
    gw_evidence_publish(f->gateway.evidence, NULL, NULL);
    gw_evidence_flush(f->gateway.evidence);
    gw_time_stamps_add(f->stamps, session, 1);
}

static bool
is_there(Fixture *f, const char *name)
{
    g_autofree char *path = test_folder_get(f->folder, name);

    return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

static void
a_token_lies_in_log_and_archive(Fixture *f, const void *data)
{
    (void)data;
    ask(f, "s-1");
    wait_for(f, "SELECT count(*) FROM evidence_time WHERE state = 'good'");
    g_assert_cmpint(gw_time_stamps_get_state(f->stamps), ==, GW_TIME_STAMP_GOOD);
    g_assert_true(is_there(f, "log/time/checkpoint-3.tsr"));
    g_assert_true(is_there(f, "archive/s-1/time/checkpoint-3"));
    g_assert_true(is_there(f, "archive/s-1/time/checkpoint-3.tsr"));
}

static void
a_server_that_answers_badly_is_asked_again(Fixture *f, const void *data)
{
    static const TsaMode bad[] = { TSA_BROKEN, TSA_GARBAGE };

    (void)data;
    g_test_expect_message("gateway.evidence", G_LOG_LEVEL_WARNING, "no time stamp over*");
    g_atomic_int_set(&f->tsa->mode, TSA_BROKEN);
    ask(f, "s-1");
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        int asked = g_atomic_int_get(&f->tsa->asked);
        g_atomic_int_set(&f->tsa->mode, bad[i]);
        gw_time_stamps_retry(f->stamps);
        wait_for(f,
                 bad[i] == TSA_BROKEN
                     ? "SELECT count(*) FROM evidence_time WHERE state = 'pending' AND message LIKE '%HTTP 500%'"
                     : "SELECT count(*) FROM evidence_time WHERE state = 'pending' AND message LIKE '%not an answer%'");
        g_assert_cmpint(g_atomic_int_get(&f->tsa->asked), >, asked);
        g_assert_cmpint(gw_time_stamps_get_state(f->stamps), ==, GW_TIME_STAMP_PENDING);
        g_assert_false(is_there(f, "log/time/checkpoint-3.tsr"));
    }
    g_test_assert_expected_messages();
    g_atomic_int_set(&f->tsa->mode, TSA_GOOD);
    gw_time_stamps_retry(f->stamps);
    wait_for(f, "SELECT count(*) FROM evidence_time WHERE state = 'good'");
    g_assert_true(is_there(f, "archive/s-1/time/checkpoint-3.tsr"));
}

static void
what_is_pending_is_asked_for_after_a_restart(Fixture *f, const void *data)
{
    (void)data;
    g_test_expect_message("gateway.evidence", G_LOG_LEVEL_WARNING, "no time stamp over*");
    g_atomic_int_set(&f->tsa->mode, TSA_BROKEN);
    ask(f, "s-1");
    wait_for(f, "SELECT count(*) FROM evidence_time WHERE message IS NOT NULL");
    g_test_assert_expected_messages();
    end(f);
    g_atomic_int_set(&f->tsa->mode, TSA_GOOD);
    begin(f);
    wait_for(f, "SELECT count(*) FROM evidence_time WHERE state = 'good' AND session = 's-1'");
    g_assert_true(is_there(f, "archive/s-1/time/checkpoint-3.tsr"));
}

static void
the_second_server_is_asked_when_the_first_is_down(Fixture *f, const void *data)
{
    (void)data;
    f->urls[1] = f->urls[0];
    f->urls[0] = (char *)"http://127.0.0.1:1/";
    ask(f, NULL);
    wait_for(f, "SELECT count(*) FROM evidence_time WHERE state = 'good' AND url LIKE '%/tsa'");
    g_assert_true(is_there(f, "log/time/checkpoint-3.tsr"));
}

static void
the_hour_asks_only_when_the_log_has_grown(Fixture *f, const void *data)
{
    (void)data;
    ask(f, NULL);
    wait_for(f, "SELECT count(*) FROM evidence_time WHERE state = 'good'");
    gw_time_stamps_tick(f->stamps);
    g_assert_cmpint(count(f, "SELECT count(*) FROM evidence_time"), ==, 1);
    gw_evidence_append(f->gateway.evidence, &(GwEvidenceEntry){ .type = "audit" }, NULL, NULL, NULL);
    gw_evidence_publish(f->gateway.evidence, NULL, NULL);
    gw_evidence_flush(f->gateway.evidence);
    gw_time_stamps_tick(f->stamps);
    wait_for(f, "SELECT count(*) FROM evidence_time WHERE state = 'good' AND size = 4");
}

static void
without_servers_nothing_is_asked(Fixture *f, const void *data)
{
    (void)data;
    end(f);
    f->config.evidence.tsa = NULL;
    begin(f);
    ask(f, "s-1");
    g_assert_cmpint(gw_time_stamps_get_state(f->stamps), ==, GW_TIME_STAMP_NONE);
    g_assert_cmpint(count(f, "SELECT count(*) FROM evidence_time"), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function) g_test_add("/gateway/time-stamps/" name, Fixture, NULL, set_up, function, tear_down)
    ADD("a-token-lies-in-log-and-archive", a_token_lies_in_log_and_archive);
    ADD("a-server-that-answers-badly-is-asked-again", a_server_that_answers_badly_is_asked_again);
    ADD("what-is-pending-is-asked-for-after-a-restart", what_is_pending_is_asked_for_after_a_restart);
    ADD("the-second-server-is-asked-when-the-first-is-down", the_second_server_is_asked_when_the_first_is_down);
    ADD("the-hour-asks-only-when-the-log-has-grown", the_hour_asks_only_when_the_log_has_grown);
    ADD("without-servers-nothing-is-asked", without_servers_nothing_is_asked);
    return g_test_run();
}
