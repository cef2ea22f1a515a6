#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/verify.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "recorder/evidence/disk.h"

#define PACKAGE_FD     3
#define WITNESS_FD     4
#define CONSISTENCY_FD 5

enum { MAX_DETAIL = 500, MAX_CHECKS = 100 };

/* What the program says. */

static const char *
get_text(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node != NULL && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
               ? json_node_get_string(node)
               : NULL;
}

static JsonArray *
get_array(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

static JsonObject *
get_object(JsonArray *array, guint i)
{
    JsonNode *node = json_array_get_element(array, i);

    return JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

static JsonObject *
get_first_finding(JsonObject *check)
{
    JsonArray *findings = get_array(check, "findings");

    return findings != NULL && json_array_get_length(findings) > 0 ? get_object(findings, 0) : NULL;
}

/* In words; NULL: there is none. */
static char *
describe(JsonObject *finding)
{
    GString *text = NULL;

    if (finding == NULL || get_text(finding, "text") == NULL)
        return NULL;
    text = g_string_new(get_text(finding, "text"));
    if (get_text(finding, "file") != NULL)
        g_string_append_printf(text, ": %s", get_text(finding, "file"));
    if (get_text(finding, "detail") != NULL)
        g_string_append_printf(text, " (%s)", get_text(finding, "detail"));
    g_autofree char *whole = g_string_free(text, FALSE);
    return g_utf8_substring(whole, 0, MIN(g_utf8_strlen(whole, -1), MAX_DETAIL));
}

static bool
add_check(JsonArray *checks, JsonObject *check, bool *is_partial)
{
    const char *name = check != NULL ? get_text(check, "check") : NULL;
    const char *result = check != NULL ? get_text(check, "result") : NULL;
    bool passed = g_strcmp0(result, "PASS") == 0, failed = g_strcmp0(result, "FAIL") == 0;
    JsonObject *first = NULL, *row = NULL;

    if (name == NULL || result == NULL)
        return false;
    first = get_first_finding(check);
    g_autofree char *detail = describe(first);
    *is_partial = *is_partial || (!passed && !failed);
    row = gw_verifying_make_check(name, passed ? "pass" : failed ? "fail" : "not-covered", detail);
    if (first != NULL)
        gw_object_set_text(row, "reason", get_text(first, "reason"));
    json_array_add_object_element(checks, row);
    return true;
}

/* NULL: it said nothing that can be read. */
static JsonArray *
read_checks(const char *text, bool *ret_is_partial)
{
    g_autoptr(JsonNode) root = text != NULL ? json_from_string(text, NULL) : NULL;
    JsonArray *rows =
        root != NULL && JSON_NODE_HOLDS_OBJECT(root) ? get_array(json_node_get_object(root), "checks") : NULL;
    g_autoptr(JsonArray) checks = json_array_new();

    if (rows == NULL || json_array_get_length(rows) == 0 || json_array_get_length(rows) > MAX_CHECKS)
        return NULL;
    for (guint i = 0; i < json_array_get_length(rows); i++) {
        if (!add_check(checks, get_object(rows, i), ret_is_partial))
            return NULL;
    }
    return g_steal_pointer(&checks);
}

static void
on_judged(GObject *source, GAsyncResult *result, void *user_data)
{
    GwVerifying *self = user_data;
    GSubprocess *process = G_SUBPROCESS(source);
    g_autofree char *text = NULL;
    bool is_partial = false, said = g_subprocess_communicate_utf8_finish(process, result, &text, NULL, NULL);
    int code = said && g_subprocess_get_if_exited(process) ? g_subprocess_get_exit_status(process) : -1;

    if (g_cancellable_is_cancelled(self->gone)) {
        gw_verifying_free(self);
        return;
    }
    JsonArray *checks = code == 0 || code == 1 ? read_checks(text, &is_partial) : NULL;
    if (checks == NULL) {
        gw_verifying_fail(self, g_atomic_int_get(&self->copy.cancelled) ? "It was given up."
                                                                        : "The verifier could not tell.");
        return;
    }
    gw_verifying_finish(self, code == 1 ? "fail" : is_partial ? "partial" : "pass", checks);
}

/* A small text, as a file that the verifier opens. */
static bool
hand_over(GSubprocessLauncher *launcher, const char *text, int as)
{
    int fd = memfd_create("verify", MFD_CLOEXEC);

    if (fd < 0)
        return false;
    bool written = rec_disk_write_all(fd, text, strlen(text));
    g_subprocess_launcher_take_fd(launcher, fd, as);
    return written;
}

static void
judge(GwVerifying *self)
{
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    const char *const always[] = { self->program, "--json", "--language", "en", "--keys", self->keys_dir };
    g_autoptr(GError) error = NULL;

    for (unsigned i = 0; i < G_N_ELEMENTS(always); i++)
        g_ptr_array_add(argv, (char *)always[i]);
    if (self->tsa_ca != NULL && g_file_test(self->tsa_ca, G_FILE_TEST_EXISTS)) {
        g_ptr_array_add(argv, (char *)"--tsa");
        g_ptr_array_add(argv, self->tsa_ca);
    }
    if (self->copy.witness != NULL && hand_over(launcher, self->copy.witness, WITNESS_FD) &&
        hand_over(launcher, self->copy.consistency, CONSISTENCY_FD)) {
        g_ptr_array_add(argv, (char *)"--checkpoint=/proc/self/fd/" G_STRINGIFY(WITNESS_FD));
        g_ptr_array_add(argv, (char *)"--consistency=/proc/self/fd/" G_STRINGIFY(CONSISTENCY_FD));
    }
    g_ptr_array_add(argv, (char *)"/proc/self/fd/" G_STRINGIFY(PACKAGE_FD));
    g_ptr_array_add(argv, NULL);
    g_subprocess_launcher_take_fd(launcher, g_steal_fd(&self->copy.fd), PACKAGE_FD);
    self->process = g_subprocess_launcher_spawnv(launcher, (const char *const *)argv->pdata, &error);
    if (self->process == NULL) {
        g_warning("verify: %s", error->message);
        gw_verifying_fail(self, "The verifier cannot be started.");
        return;
    }
    g_subprocess_communicate_utf8_async(self->process, NULL, NULL, on_judged, self);
}

/* No package: because something of the recording is not what it was, or because of something else. */
static void
on_packaged(GwAsk *ask, void *data, const GError *error)
{
    GwVerifying *self = data;
    JsonArray *checks = NULL;

    (void)ask;
    if (error == NULL) {
        judge(self);
        return;
    }
    if (!g_error_matches(error, REC_ERROR, REC_ERROR_INVALID) &&
        !g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
        gw_verifying_fail(self, error->message);
        return;
    }
    checks = json_array_new();
    json_array_add_object_element(checks, gw_verifying_make_check("package", "fail", error->message));
    gw_verifying_finish(self, "fail", checks);
}

void
gw_verifying_run_package(GwVerifying *self)
{
    const GwExportFacts facts = {
        .id = json_object_get_string_member(self->job, "job"),
        .session = self->session,
        .by = self->ask->asker.display,
        .recipient = "archive.verify",
        .reason = "archive.verify",
        .at_ms = gw_ask_now_ms(self->ask),
    };

    self->copy.done = on_packaged;
    gw_export_copy(self->ask, &facts, &self->copy);
}
