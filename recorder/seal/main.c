/* yuanjian-seal - makes the playable files of a session out of the journal, and derivatives out of those */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "recorder/seal/completeness.h"
#include "recorder/seal/compose.h"
#include "recorder/seal/folder.h"
#include "recorder/seal/leaves.h"
#include "recorder/seal/mux.h"
#include "recorder/seal/run.h"
#include "recorder/seal/sandbox.h"
#include "recorder/track.h"
#include "recorder/vault.h"

typedef struct {
    char *journal, *session, *out;
    char *compose, *name; /* a derivative is made instead */
    gboolean recovered;
    int key_fd; /* -1: files stay plain */
    char *cipher;
    RecKey key;
} Options;

/* Lines of JSON on standard output, one per hundredth. */
typedef struct {
    uint64_t total, done;
    unsigned told;
} Progress;

static void
on_progress(uint64_t bytes, void *data)
{
    Progress *self = data;

    self->done += bytes;
    unsigned hundredths = self->total > 0 ? (unsigned)(self->done * 100 / self->total) : 100;
    if (hundredths <= self->told)
        return;
    self->told = hundredths;
    printf("{\"progress\":%u.%02u}\n", hundredths / 100, hundredths % 100);
    fflush(stdout);
}

static bool
parse_options(int *argc, char ***argv, Options *options, GError **error)
{
    const GOptionEntry entries[] = {
        { "journal", 0, 0, G_OPTION_ARG_FILENAME, &options->journal, "Folder of the journal", "DIR" },
        { "session", 0, 0, G_OPTION_ARG_STRING, &options->session, "Session to seal", "ID" },
        { "out", 0, 0, G_OPTION_ARG_FILENAME, &options->out, "The recording goes to DIR/ID", "DIR" },
        { "key-fd", 0, 0, G_OPTION_ARG_INT, &options->key_fd, "Encrypt with the 32 bytes that are read from N", "N" },
        { "cipher", 0, 0, G_OPTION_ARG_STRING, &options->cipher, "How: aes-256-gcm (default), sm4-ctr-hmac-sm3",
          "NAME" },
        { "compose", 0, 0, G_OPTION_ARG_FILENAME, &options->compose,
          "Make one picture of the recording in DIR, after the order on standard input", "DIR" },
        { "name", 0, 0, G_OPTION_ARG_STRING, &options->name, "It goes to OUT/NAME", "NAME" },
        { "recovered", 0, 0, G_OPTION_ARG_NONE, &options->recovered, "The session was cut off: note that", NULL },
        { NULL, 0, 0, 0, NULL, NULL, NULL },
    };
    g_autoptr(GOptionContext) context = g_option_context_new("- make playable files of a recorded session");

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, error))
        return false;
    if (options->cipher && !rec_cipher_kind_from_string(options->cipher)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--cipher: there is no %s", options->cipher);
        return false;
    }
    if (options->compose && options->out && rec_id_is_valid(options->name) && *argc == 1)
        return true;
    if (options->journal && options->out && rec_id_is_valid(options->session) && *argc == 1)
        return true;
    g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                        "--journal DIR, --session ID and --out DIR are needed, or --compose DIR, --out DIR and "
                        "--name NAME; see --help");
    return false;
}

static void
move_gaps(GArray *gaps, int64_t by_us)
{
    for (unsigned i = 0; i < gaps->len; i++) {
        g_array_index(gaps, RecGap, i).from_us += by_us;
        g_array_index(gaps, RecGap, i).to_us += by_us;
    }
}

/* So far times are of the wall clock: now the recording begins at 0. */
static void
set_origin(RecRecording *recording, const SealSession *session)
{
    int64_t end_us = session->last_us;

    recording->began_us = session->first_us;
    for (unsigned i = 0; i < recording->files->len; i++) {
        const RecFile *file = recording->files->pdata[i];
        recording->began_us = MIN(recording->began_us, file->start_us);
        end_us = MAX(end_us, file->start_us + file->duration_us);
    }
    recording->duration_us = end_us - recording->began_us;
    for (unsigned i = 0; i < recording->files->len; i++) {
        RecFile *file = recording->files->pdata[i];
        file->start_us -= recording->began_us;
        move_gaps(file->gaps, -recording->began_us);
    }
    for (unsigned i = 0; i < recording->parties->len; i++)
        move_gaps(((RecParty *)recording->parties->pdata[i])->gaps, -recording->began_us);
    for (unsigned i = 0; i < recording->events->len; i++)
        ((RecEvent *)recording->events->pdata[i])->at_us -= recording->began_us;
}

static bool
write_files(const SealSession *session, const char *folder, SealLeaves *leaves, GError **error)
{
    Progress progress = { .total = session->n_bytes };
    SealRunTarget target = { .session = session, .folder = folder, .progress = on_progress, .data = &progress };
    g_autoptr(GPtrArray) runs = seal_runs_new(session);

    for (unsigned i = 0; i < runs->len; i++) {
        RecFile *file = rec_recording_add_file(session->recording);
        g_auto(SealRunContents) contents;
        seal_run_contents_init(&contents);
        if (!seal_run_write(runs->pdata[i], &target, file, &contents, error) ||
            !seal_leaves_add(leaves, runs->pdata[i], &contents, folder, file, error))
            return false;
    }
    seal_completeness_find(session, runs);
    return true;
}

/* From here on the plain files are gone; what is encrypted has been read back. */
static bool
encrypt_files(const Options *options, const SealSession *session, const SealLeaves *leaves, const char *folder,
              GError **error)
{
    RecCipherKind cipher = options->cipher ? rec_cipher_kind_from_string(options->cipher) : REC_CIPHER_AES_256_GCM;
    const GPtrArray *files = session->recording->files;

    for (unsigned i = 0; i < files->len; i++) {
        const RecFile *file = files->pdata[i];
        if (!rec_vault_encrypt_file(folder, file->file, &options->key, cipher, error))
            return false;
    }
    return seal_leaves_check(leaves, folder, &options->key, error);
}

static bool
read_key(Options *options, GError **error)
{
    if (options->key_fd < 0)
        return true;
    ssize_t n = read(options->key_fd, options->key.bytes, sizeof options->key.bytes);
    close(options->key_fd);
    if (n == sizeof options->key.bytes)
        return true;
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--key-fd gives no key of %d bytes", REC_KEY_BYTES);
    return false;
}

static bool
seal(const Options *options, GError **error)
{
    g_autoptr(SealSession) session = seal_session_read(options->journal, options->session, error);

    if (!session)
        return false;
    g_autofree char *folder = seal_folder_begin(options->out, options->session, error);
    g_autoptr(SealLeaves) leaves = seal_leaves_new();
    if (!folder || !write_files(session, folder, leaves, error))
        return false;
    session->recording->recovered = options->recovered;
    set_origin(session->recording, session);
    const RecKey *key = options->key_fd >= 0 ? &options->key : NULL;
    return seal_leaves_write(leaves, session, folder, error) &&
           (!key || encrypt_files(options, session, leaves, folder, error)) &&
           seal_folder_finish(options->out, session->recording, key, error);
}

/* Derivatives. */

static RecOrder *
read_order(GError **error)
{
    g_autofree char *text = g_malloc(REC_ORDER_MAX_BYTES + 1);
    size_t size = fread(text, 1, REC_ORDER_MAX_BYTES + 1, stdin);

    return rec_order_from_json(text, size, error);
}

static void
on_composed(double fraction, void *data)
{
    Progress *self = data;
    unsigned hundredths = (unsigned)(fraction * 100);

    if (hundredths <= self->told)
        return;
    self->told = hundredths;
    printf("{\"progress\":%u.%02u}\n", hundredths / 100, hundredths % 100);
    fflush(stdout);
}

static bool
compose(const Options *options, GError **error)
{
    Progress progress = { 0 };
    g_autoptr(RecOrder) order = read_order(error);
    g_auto(SealComposition) made = { 0 };
    const SealComposeConfig config = {
        .folder = options->compose,
        .dir = options->out,
        .name = options->name,
        .key = options->key_fd >= 0 ? &options->key : NULL,
        .cipher = options->cipher ? rec_cipher_kind_from_string(options->cipher) : REC_CIPHER_AES_256_GCM,
        .order = order,
        .progress = on_composed,
        .user_data = &progress,
    };

    if (!order || !seal_compose(&config, &made, error))
        return false;
    printf("{\"bytes\":%" G_GUINT64_FORMAT ",\"sha256\":\"%s\",\"sm3\":\"%s\",\"duration_us\":%" G_GINT64_FORMAT
           ",\"width\":%u,\"height\":%u}\n",
           made.bytes, made.sha256, made.sm3, made.duration_us, made.width, made.height);
    return true;
}

static int
get_exit_code(const GError *error)
{
    if (error->domain == G_OPTION_ERROR)
        return EX_USAGE;
    if (error->domain != REC_ERROR)
        return EX_SOFTWARE;
    switch ((RecError)error->code) {
    case REC_ERROR_IO:
        return EX_IOERR;
    case REC_ERROR_INVALID:
        return EX_NOINPUT;
    case REC_ERROR_LOCKED:
        return EX_TEMPFAIL;
    case REC_ERROR_NO_KEY:
    case REC_ERROR_SEAL:
        return EX_SOFTWARE;
    }
    return EX_SOFTWARE;
}

int
main(int argc, char **argv)
{
    Options options = { .key_fd = -1 };
    g_autoptr(GError) error = NULL;

    setlocale(LC_ALL, "C");
    /* A service that was killed starts again and seals the same session: two must not work in one folder. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    bool done = parse_options(&argc, &argv, &options, &error) && read_key(&options, &error) && seal_mux_init(&error) &&
                (!options.compose || seal_compose_init(&error)) && seal_sandbox_enter(&error) &&
                (options.compose ? compose(&options, &error) : seal(&options, &error));
    rec_key_clear(&options.key);
    g_free(options.journal);
    g_free(options.session);
    g_free(options.out);
    g_free(options.cipher);
    g_free(options.compose);
    g_free(options.name);
    if (done)
        return EX_OK;
    fprintf(stderr, "yuanjian-seal: %s\n", error->message);
    return get_exit_code(error);
}
