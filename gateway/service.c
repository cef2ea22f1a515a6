#define G_LOG_DOMAIN "gateway.service"

#include "gateway/service.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "gateway/admin/admin.h"
#include "gateway/admin/caller.h"
#include "gateway/admin/probes.h"
#include "gateway/archive/archive.h"
#include "gateway/archive/health.h"
#include "gateway/calls/calls.h"
#include "gateway/cameras/cameras.h"
#include "gateway/cases/cases.h"
#include "gateway/data-dir.h"
#include "gateway/demo/demo.h"
#include "gateway/demo/work.h"
#include "gateway/duty/duty.h"
#include "gateway/evidence/commands.h"
#include "gateway/gateway.h"
#include "gateway/lessons/lessons.h"
#include "gateway/memory.h"
#include "gateway/photos/photos.h"
#include "gateway/reports/reports.h"
#include "gateway/scrub/scrub.h"
#include "gateway/spotchecks/spotchecks.h"
#include "gateway/supervisees/supervisees.h"
#include "gateway/supervision/camera-sources.h"
#include "gateway/supervision/look-calls.h"
#include "gateway/supervision/rollcall.h"
#include "gateway/supervision/wall.h"
#include "gateway/tickets/tickets.h"
#include "gateway/visits/visits.h"

/* Who is drawn and looked at. */
typedef struct {
    GwSupervisees *supervisees;
    GwPhotos *photos;
    GwSpotchecks *spotchecks;
} GwChecks;

/* What is told of all that: logs, reports; and the demonstration, which has some. */
typedef struct {
    GwFactLog *facts;
    GwDuty *duty;
    GwReports *reports;
    GwDemo *demo;
    GwDemoWork *work;
} GwTold;

/* Whom terminals are called together for. */
typedef struct {
    GwRollcalls *rollcalls;
    GwLessons *lessons;
} GwGatherings;

/* What is looked at from outside of its session. */
typedef struct {
    GwSources *sources;
    GwLooks *looks;
    GwCameraSources *camera_sources;
    GwWall *wall;
} GwLooking;

struct GwService {
    Gateway gateway; /* owns what it points to, but config */
    int lock;
    GwAdmin *admin;
    GwSessions *sessions;
    GwProbes probes;
    RecJournal *journal;
    GwArchive *archive;
    GwScrub *scrub;
    GwVisits *visits;
    GwCameras *cameras;
    GwCalls *calls;
    GwGatherings gatherings;
    GwTickets *tickets;
    GwChecks checks;
    GwTold told;
    GwLooking looking;
    GwCases *cases;
    GwMemory *memory;
};

/* The pages lie in folders of the web root; the addresses of docs/protocol.md lead to them. */
static const SigStaticPage pages[] = {
    { "/visit", "visit", "visit/index.html" }, { "/terminal", "terminal", "terminal/index.html" },
    { "/photo", "photo", "photo/index.html" }, { "/console", "console", "console/index.html" },
    { "/", NULL, "console/index.html" },       { NULL },
};

static char *
in_data(const GwService *self, const char *name)
{
    return g_build_filename(self->gateway.config->data_dir, name, NULL);
}

/* What the configuration names, before anything is taken: a wrong file is told as that, whatever else is in the way. */
static bool
check_named(const GwConfig *config, int *ret_exit_code, GError **error)
{
    const char *const files[] = { config->certificate, config->key };

    *ret_exit_code = EX_NOINPUT;
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        if (files[i] == NULL || g_access(files[i], R_OK) == 0)
            continue;
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "%s cannot be read: it is the certificate or its key",
                    files[i]);
        return false;
    }
    *ret_exit_code = EX_CONFIG;
    if (rec_cipher_is_there(rec_cipher_kind_from_string(config->archive.cipher)))
        return true;
    g_set_error(error, REC_ERROR, REC_ERROR_INVALID, "[archive] cipher: this machine's OpenSSL has no %s",
                config->archive.cipher);
    return false;
}

static bool
open_evidence(GwService *self, int *ret_exit_code, GError **error)
{
    Gateway *gateway = &self->gateway;
    g_autofree char *config_sha256 = gw_config_hash(gateway->config);
    const GwEvidenceConfig evidence = {
        .data_dir = gateway->config->data_dir,
        .node = gateway->config->evidence.name,
        .config_sha256 = config_sha256,
        .store = gateway->store,
    };
    g_autoptr(GError) cause = NULL;

    gateway->evidence = gw_evidence_new(&evidence, &cause);
    if (gateway->evidence != NULL)
        return true;
    *ret_exit_code = g_error_matches(cause, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_KEYS) ? EX_NOPERM : EX_IOERR;
    g_propagate_error(error, g_steal_pointer(&cause));
    return false;
}

static bool
open_store(GwService *self, int *ret_exit_code, GError **error)
{
    g_autofree char *path = in_data(self, "index.db");
    Gateway *gateway = &self->gateway;

    *ret_exit_code = EX_CANTCREAT;
    self->lock = gw_data_dir_take(gateway->config->data_dir, error);
    if (self->lock < 0) {
        if (error != NULL && g_error_matches(*error, G_FILE_ERROR, G_FILE_ERROR_AGAIN))
            *ret_exit_code = EX_TEMPFAIL;
        return false;
    }
    *ret_exit_code = EX_IOERR;
    gateway->store = gw_store_new(path, error);
    if (gateway->store == NULL)
        return false;
    if (!open_evidence(self, ret_exit_code, error))
        return false;
    *ret_exit_code = EX_IOERR;
    gateway->audit = gw_audit_new(gateway->store);
    gw_audit_set_evidence(gateway->audit, gateway->evidence);
    gateway->people = gw_people_new(gateway->store, gateway->audit, error);
    return gateway->people != NULL;
}

static bool
open_media(GwService *self, int *ret_exit_code, GError **error)
{
    const GwConfig *config = self->gateway.config;
    const MediaNodeConfig media = {
        .n_workers = config->media.workers,
        .port = config->media.port,
        .bind_address = config->media.bind,
        .addresses = (const char *const *)config->media.addresses,
    };

    *ret_exit_code = EX_UNAVAILABLE;
    self->gateway.media = media_node_new(&media, error);
    if (self->gateway.media == NULL)
        return false;
    self->memory = gw_memory_new(self->gateway.media);
    return true;
}

static bool
open_server(GwService *self, int *ret_exit_code, GError **error)
{
    const GwConfig *config = self->gateway.config;
    g_autofree char *socket = gw_admin_get_path(config->data_dir);
    const SigServerConfig server = {
        .address = config->listen_address,
        .port = config->listen_port,
        .certificate_path = config->certificate,
        .key_path = config->key,
        .static_root = g_file_test(config->web_root, G_FILE_TEST_IS_DIR) ? config->web_root : NULL,
        .static_pages = pages,
        .websocket_path = "/api/ws",
        .origins = (const char *const *)config->origins,
        .trusted_proxies = (const char *const *)config->trusted_proxies,
    };

    if (server.static_root == NULL)
        g_warning("%s is not there: no pages are served (tools/setup builds them)", config->web_root);
    *ret_exit_code = EX_UNAVAILABLE;
    self->gateway.server = sig_server_new(&server, gw_people_get_server_events(), self->gateway.people, error);
    if (self->gateway.server == NULL)
        return false;
    *ret_exit_code = EX_CANTCREAT;
    self->admin = gw_admin_new(socket, error);
    return self->admin != NULL;
}

static bool
open_journal(GwService *self, const char *dir, GError **error)
{
    const RecJournalConfig config = {
        .dir = dir,
        .n_workers = media_node_get_n_workers(self->gateway.media),
        .file_bytes = self->gateway.config->recorder.journal_file_bytes,
    };

    self->journal = rec_journal_new(&config, gw_sessions_get_journal_events(), self->sessions, error);
    if (self->journal == NULL)
        return false;
    gw_sessions_set_journal(self->sessions, self->journal);
    return true;
}

static bool
make_folder(const char *path, GError **error)
{
    if (g_mkdir_with_parents(path, 0700) == 0)
        return true;
    int code = errno;
    g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(code), "%s cannot be made: %s", path,
                g_strerror(code));
    return false;
}

static bool
open_keyring(GwService *self, int *ret_exit_code, GError **error)
{
    g_autofree char *keys = in_data(self, "keys");
    RecCipherKind cipher = rec_cipher_kind_from_string(self->gateway.config->archive.cipher);

    *ret_exit_code = EX_NOPERM;
    self->gateway.keyring = rec_keyring_new(keys, error);
    if (self->gateway.keyring == NULL)
        return false;
    rec_keyring_set_cipher(self->gateway.keyring, cipher);
    return true;
}

static void
open_scrub(GwService *self, const char *archive)
{
    const GwConfig *config = self->gateway.config;
    g_autofree char *state = in_data(self, "scrub");
    const GwScrubConfig scrub = {
        .archive_dir = archive,
        .state_dir = state,
        .days = config->archive.scrub_days,
        .bytes_per_s = config->archive.scrub_bytes,
        .read = gw_health_on_read,
        .user_data = self->archive,
    };

    self->scrub = gw_scrub_new(&self->gateway, &scrub);
    gw_archive_set_scrub(self->archive, self->scrub);
    gw_scrub_add_commands(self->scrub, self->admin);
}

static bool
add_supervision(GwService *self, GError **error)
{
    g_autofree char *pictures = in_data(self, "rollcalls");
    g_autofree char *checks = in_data(self, "lessons");

    self->calls = gw_calls_new(&self->gateway, self->sessions, self->visits, error);
    if (self->calls == NULL)
        return false;
    self->looking.sources = gw_sources_new(&self->gateway, self->sessions);
    self->looking.looks = gw_looks_new(&self->gateway, self->sessions, self->looking.sources);
    gw_look_calls_attach(self->looking.looks, self->calls);
    self->looking.wall = gw_wall_new(&self->gateway, self->sessions, self->looking.sources);
    gw_sources_add_commands(self->looking.sources, self->admin);
    self->gatherings.rollcalls = gw_rollcalls_new(&self->gateway, self->sessions, self->calls, pictures, error);
    if (self->gatherings.rollcalls == NULL)
        return false;
    self->gatherings.lessons = gw_lessons_new(&self->gateway, self->sessions, self->calls, checks, error);
    if (self->gatherings.lessons == NULL)
        return false;
    self->tickets = gw_tickets_new(&self->gateway, error);
    if (self->tickets == NULL)
        return false;
    self->checks.supervisees = gw_supervisees_new(&self->gateway, gw_visits_get_subjects(self->visits));
    self->checks.photos = gw_photos_new(&self->gateway, gw_visits_get_subjects(self->visits), error);
    if (self->checks.photos == NULL)
        return false;
    self->checks.spotchecks = gw_spotchecks_new(&self->gateway, gw_visits_get_subjects(self->visits));
    self->told.facts = gw_fact_log_new(&self->gateway);
    self->told.duty = gw_duty_new(&self->gateway, self->told.facts);
    self->told.reports = gw_reports_new(&self->gateway, self->told.facts, error);
    return self->told.reports != NULL;
}

static bool
add_sessions(GwService *self, int *ret_exit_code, GError **error)
{
    Gateway *gateway = &self->gateway;
    g_autofree char *journal = in_data(self, "journal");
    g_autofree char *archive = in_data(self, "archive");
    const RecSealerConfig sealer = {
        .program = gateway->config->recorder.sealer_program,
        .journal_dir = journal,
        .archive_dir = archive,
        .keyring = gateway->keyring,
    };

    *ret_exit_code = EX_IOERR;
    if (!make_folder(journal, error) || !make_folder(archive, error))
        return false;
    if (g_access(sealer.program, X_OK) != 0)
        g_warning("%s cannot be run: nothing that is recorded becomes playable until it can ([recorder] sealer)",
                  sealer.program);
    self->sessions = gw_sessions_new(gateway);
    if (!open_journal(self, journal, error))
        return false;
    self->archive = gw_archive_new(gateway, self->sessions, self->journal, &sealer);
    self->visits = gw_visits_new(gateway, self->sessions, error);
    if (self->visits == NULL)
        return false;
    if (!add_supervision(self, error))
        return false;
    self->cameras = gw_cameras_new(gateway, self->sessions, error);
    if (self->cameras == NULL)
        return false;
    if (g_access(gateway->config->camera_program, X_OK) != 0)
        g_message("%s cannot be run: no camera is seen ([cameras] program)", gateway->config->camera_program);
    self->looking.camera_sources = gw_camera_sources_new(self->looking.sources, self->cameras);
    const GwCasesNeeds needs = { self->sessions, self->calls, self->cameras, self->looking.wall };
    self->cases = gw_cases_new(gateway, &needs, error);
    if (self->cases == NULL)
        return false;
    gw_archive_recover(self->archive);
    gw_sessions_add_commands(self->sessions, self->admin);
    gw_visits_add_commands(self->visits, self->admin);
    gw_spotchecks_add_commands(self->checks.spotchecks, self->admin);
    gw_archive_add_commands(self->archive, self->admin);
    gw_cameras_add_commands(self->cameras, self->admin);
    gw_cases_add_commands(self->cases, self->admin);
    gw_evidence_add_commands(gateway, self->admin);
    gw_evidence_add_routes(gateway);
    open_scrub(self, archive);
    return true;
}

/* The subjects put their methods, routes and commands into the tables. */
static bool
add_subjects(GwService *self, int *ret_exit_code, GError **error)
{
    Gateway *gateway = &self->gateway;

    gw_people_attach(gateway->people, gateway->server, gateway->config, self->admin);
    if (!add_sessions(self, ret_exit_code, error))
        return false;
    self->probes =
        (GwProbes){ .gateway = gateway, .sessions = self->sessions, .archive = self->archive, .scrub = self->scrub };
    gw_probes_add_routes(&self->probes);
    self->told.demo = gw_demo_new(self->admin, gateway->people);
    const GwDemoSubjects worked = { gateway, self->tickets, self->told.duty, self->told.reports };
    self->told.work = gw_demo_work_new(self->admin, &worked);
    return true;
}

static void
note(GwService *self, const char *action)
{
    const GwAuditEntry entry = { .who = "system", .action = action };
    JsonObject *detail = json_object_new();

    json_object_set_string_member(detail, "version", YUANJIAN_VERSION);
    gw_audit_add(self->gateway.audit, &entry, detail);
}

GwService *
gw_service_new(const GwConfig *config, int *ret_exit_code, GError **error)
{
    g_autoptr(GwService) self = g_new0(GwService, 1);

    self->gateway.config = config;
    self->lock = -1;
    if (!check_named(config, ret_exit_code, error) || !open_store(self, ret_exit_code, error) ||
        !open_media(self, ret_exit_code, error) || !open_server(self, ret_exit_code, error) ||
        !open_keyring(self, ret_exit_code, error) || !add_subjects(self, ret_exit_code, error))
        return NULL;
    note(self, "service.start");
    sig_server_start(self->gateway.server);
    return g_steal_pointer(&self);
}

void
gw_service_free(GwService *self)
{
    if (self == NULL)
        return;

    Gateway *gateway = &self->gateway;
    if (gateway->server != NULL)
        note(self, "service.stop");
    if (gateway->evidence != NULL)
        gw_evidence_flush(gateway->evidence);
    if (gateway->store != NULL)
        gw_store_flush(gateway->store);
    g_clear_pointer(&self->admin, gw_admin_free);
    g_clear_pointer(&self->told.work, gw_demo_work_free);
    g_clear_pointer(&self->told.demo, gw_demo_free);
    g_clear_pointer(&gateway->server, sig_server_free);
    g_clear_pointer(&self->cases, gw_cases_free);
    g_clear_pointer(&self->gatherings.rollcalls, gw_rollcalls_free);
    g_clear_pointer(&self->gatherings.lessons, gw_lessons_free);
    g_clear_pointer(&self->looking.wall, gw_wall_free);
    g_clear_pointer(&self->looking.looks, gw_looks_free);
    g_clear_pointer(&self->looking.camera_sources, gw_camera_sources_free);
    g_clear_pointer(&self->looking.sources, gw_sources_free);
    g_clear_pointer(&self->calls, gw_calls_free);
    g_clear_pointer(&self->checks.spotchecks, gw_spotchecks_free);
    g_clear_pointer(&self->checks.photos, gw_photos_free);
    g_clear_pointer(&self->checks.supervisees, gw_supervisees_free);
    g_clear_pointer(&self->told.reports, gw_reports_free);
    g_clear_pointer(&self->told.duty, gw_duty_free);
    g_clear_pointer(&self->told.facts, gw_fact_log_free);
    g_clear_pointer(&self->tickets, gw_tickets_free);
    g_clear_pointer(&self->cameras, gw_cameras_free);
    g_clear_pointer(&self->visits, gw_visits_free);
    g_clear_pointer(&self->scrub, gw_scrub_free);
    g_clear_pointer(&self->archive, gw_archive_free);
    g_clear_pointer(&self->sessions, gw_sessions_free);
    g_clear_pointer(&self->journal, rec_journal_free);
    g_clear_pointer(&self->memory, gw_memory_free);
    g_clear_pointer(&gateway->media, media_node_free);
    g_clear_pointer(&gateway->people, gw_people_free);
    if (gateway->evidence != NULL)
        gw_evidence_flush(gateway->evidence);
    g_clear_pointer(&gateway->evidence, gw_evidence_free);
    if (gateway->store != NULL)
        gw_store_flush(gateway->store);
    g_clear_pointer(&gateway->audit, gw_audit_free);
    g_clear_pointer(&gateway->store, gw_store_free);
    g_clear_pointer(&gateway->keyring, rec_keyring_free);
    if (self->lock >= 0)
        close(self->lock);
    g_free(self);
}

const char *
gw_service_get_public_url(GwService *self)
{
    return gw_people_get_public_url(self->gateway.people);
}
