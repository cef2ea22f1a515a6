#include "recorder/seal/compose.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#include "recorder/seal/canvas.h"
#include "recorder/seal/cast.h"
#include "recorder/seal/encoder.h"
#include "recorder/vault.h"

enum { COPY_BYTES = 256 * 1024, MAX_HASH = 64, HUNDREDTHS = 100 };
static const int64_t FRAME_US = G_USEC_PER_SEC / SEAL_ENCODER_FPS;

void
seal_composition_clear(SealComposition *self)
{
    g_clear_pointer(&self->sha256, g_free);
    g_clear_pointer(&self->sm3, g_free);
}

bool
seal_compose_init(GError **error)
{
    if (!seal_source_init(error) || !seal_encoder_init(error))
        return false;
    seal_canvas_init();
    return true;
}

/* Pictures. */

typedef struct {
    SealTile tiles[SEAL_CANVAS_MAX_TILES];
    SealPicture pictures[SEAL_CANVAS_MAX_TILES];
    GPtrArray *edits[SEAL_CANVAS_MAX_TILES]; /* RecEdit *, borrowed */
    unsigned n;
} Scene;

static void
find_black(const RecOrder *order, const char *party, const SealPicture *picture, int64_t at_us, GPtrArray *black)
{
    g_ptr_array_set_size(black, 0);
    for (unsigned i = 0; i < order->edits->len; i++) {
        RecEdit *edit = order->edits->pdata[i];
        /* a picture that was made in that time is not shown after it either */
        if (!edit->is_mute && rec_edit_covers(edit, party, MIN(picture->time_us, at_us) - FRAME_US, at_us + FRAME_US))
            g_ptr_array_add(black, edit);
    }
}

/* Who speaks comes first in the layout that has a large tile; all are looked at, so that no decoder falls behind. */
static void
look(SealCast *cast, const RecOrder *order, int64_t at_us, Scene *scene)
{
    int speaker = seal_cast_get_speaker(cast);
    unsigned first = order->layout == REC_LAYOUT_SPEAKER && speaker > 0 ? (unsigned)speaker : 0;

    for (unsigned i = 0; i < scene->n; i++) {
        unsigned at = i == first ? 0 : i < first ? i + 1 : i;
        SealTile *tile = &scene->tiles[at];
        bool has_picture = seal_cast_look(cast, i, at_us, &scene->pictures[at], &tile->cause);
        tile->name = seal_cast_get_name(cast, i);
        tile->picture = has_picture ? &scene->pictures[at] : NULL;
        tile->is_speaking = (int)i == speaker;
        tile->edits = scene->edits[at];
        if (has_picture)
            find_black(order, seal_cast_get_party(cast, i), tile->picture, at_us, scene->edits[at]);
    }
}

static bool
encode(const SealComposeConfig *config, const RecRecording *recording, SealCast *cast, SealCanvas *canvas,
       SealEncoder *encoder, GError **error)
{
    int16_t samples[SEAL_ENCODER_SAMPLES];
    Scene scene = { .n = MIN(seal_cast_count_shown(cast), SEAL_CANVAS_MAX_TILES) };
    int64_t n_frames = MAX((recording->duration_us + FRAME_US - 1) / FRAME_US, 1);
    bool fine = true;

    for (unsigned i = 0; i < scene.n; i++)
        scene.edits[i] = g_ptr_array_new();
    for (int64_t i = 0; fine && i < n_frames; i++) {
        int64_t at_us = i * G_USEC_PER_SEC / SEAL_ENCODER_FPS;
        seal_cast_listen(cast, at_us, samples, SEAL_ENCODER_SAMPLES);
        look(cast, config->order, at_us, &scene);
        seal_canvas_draw(canvas, scene.tiles, at_us, recording->began_us + at_us);
        fine = seal_encoder_add(encoder, seal_canvas_get_bytes(canvas), samples, error);
        if (config->progress && i % SEAL_ENCODER_FPS == 0)
            config->progress((double)i / (double)n_frames, config->user_data);
    }
    for (unsigned i = 0; i < scene.n; i++)
        g_ptr_array_unref(scene.edits[i]);
    return fine && seal_encoder_finish(encoder, error);
}

static bool
compose(const SealComposeConfig *config, int fd, SealComposition *composition, GError **error)
{
    g_autoptr(RecRecording) recording = rec_recording_load(config->folder, error);
    SealCastConfig cast_config = {
        .recording = recording, .order = config->order, .folder = config->folder, .key = config->key
    };

    if (!recording)
        return false;
    g_autoptr(SealCast) cast = seal_cast_new(&cast_config);
    if (seal_cast_count_shown(cast) == 0) {
        g_set_error_literal(error, REC_ERROR, REC_ERROR_INVALID, "there is nobody in this recording");
        return false;
    }
    g_autoptr(SealCanvas) canvas = seal_canvas_new(config->order, seal_cast_count_shown(cast), recording->duration_us);
    uint16_t width, height;
    seal_canvas_get_tile_size(canvas, &width, &height);
    seal_cast_set_size(cast, width, height);
    composition->duration_us = recording->duration_us;
    composition->width = seal_canvas_get_width(canvas);
    composition->height = seal_canvas_get_height(canvas);
    g_autoptr(SealEncoder) encoder = seal_encoder_new(fd, composition->width, composition->height, error);
    return encoder && encode(config, recording, cast, canvas, encoder, error);
}

/* The file. */

static bool
set_error(GError **error, const char *verb, const char *path)
{
    g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot %s %s: %s", verb, path, g_strerror(errno));
    return false;
}

/* What is not encrypted yet has no name: nothing of it stays, whatever happens. */
static int
make_nameless(const char *dir, GError **error)
{
    g_autofree char *path = g_build_filename(dir, ".compose-XXXXXX", NULL);

    if (g_mkdir(dir, 0700) < 0 && errno != EEXIST) {
        set_error(error, "make", dir);
        return -1;
    }
    int fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 && unlink(path) == 0)
        return fd;
    set_error(error, "make", path);
    if (fd >= 0)
        close(fd);
    return -1;
}

typedef struct {
    int to;                 /* -1: it goes into the vault */
    RecVaultWriter *writer; /* owned */
} Copy;

static bool
put(Copy *copy, const char *name, const uint8_t *bytes, size_t size, GError **error)
{
    if (copy->writer)
        return rec_vault_writer_add(copy->writer, bytes, size, error);
    while (size > 0) {
        ssize_t n = write(copy->to, bytes, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return set_error(error, "write", name);
        bytes += n;
        size -= (size_t)n;
    }
    return true;
}

static bool
copy_all(Copy *copy, int fd, const char *name, uint64_t size, GError **error)
{
    g_autofree uint8_t *bytes = g_malloc(COPY_BYTES);

    for (uint64_t at = 0; at < size;) {
        ssize_t n = pread(fd, bytes, MIN(size - at, COPY_BYTES), (off_t)at);
        if (n <= 0)
            return set_error(error, "read", name);
        if (!put(copy, name, bytes, (size_t)n, error))
            return false;
        at += (uint64_t)n;
    }
    if (copy->writer)
        return rec_vault_writer_finish(copy->writer, error);
    return fsync(copy->to) == 0 || set_error(error, "sync", name);
}

static bool
store(const SealComposeConfig *config, int fd, uint64_t size, GError **error)
{
    g_autofree char *plain = g_build_filename(config->dir, config->name, NULL);
    g_autofree char *encrypted = g_strconcat(plain, REC_VAULT_SUFFIX, NULL);
    RecVaultConfig vault = {
        .folder = config->dir, .name = config->name, .key = config->key, .size = size, .cipher = config->cipher
    };
    Copy copy = { .to = -1 };

    g_unlink(plain); /* of a run that was cut off */
    g_unlink(encrypted);
    if (config->key)
        copy.writer = rec_vault_writer_new(&vault, error);
    else
        copy.to = open(plain, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (!config->key && copy.to < 0)
        return set_error(error, "create", plain);
    bool fine = (!config->key || copy.writer) && copy_all(&copy, fd, config->name, size, error);
    g_clear_pointer(&copy.writer, rec_vault_writer_free);
    if (copy.to >= 0)
        close(copy.to);
    if (!fine)
        g_unlink(plain);
    return fine;
}

static char *
finish_sum(EVP_MD_CTX *sum)
{
    uint8_t hash[MAX_HASH];
    unsigned n = 0;
    GString *hex = g_string_new(NULL);

    EVP_DigestFinal_ex(sum, hash, &n);
    for (unsigned i = 0; i < n; i++)
        g_string_append_printf(hex, "%02x", hash[i]);
    return g_string_free(hex, FALSE);
}

/* As it lies there now. */
static bool
read_back(const SealComposeConfig *config, SealComposition *composition, GError **error)
{
    g_autoptr(RecVault) vault = rec_vault_open(config->dir, config->name, config->key, error);
    g_autofree uint8_t *bytes = g_malloc(COPY_BYTES);
    EVP_MD_CTX *sha256 = EVP_MD_CTX_new(), *sm3 = EVP_MD_CTX_new();
    ssize_t n = vault ? 0 : -1;

    EVP_DigestInit_ex(sha256, EVP_sha256(), NULL);
    EVP_DigestInit_ex(sm3, EVP_sm3(), NULL);
    for (uint64_t at = 0; n >= 0; at += (uint64_t)n) {
        n = rec_vault_pread(vault, bytes, COPY_BYTES, at, error);
        if (n <= 0)
            break;
        EVP_DigestUpdate(sha256, bytes, (size_t)n);
        EVP_DigestUpdate(sm3, bytes, (size_t)n);
    }
    if (n == 0) {
        composition->bytes = rec_vault_get_size(vault);
        composition->sha256 = finish_sum(sha256);
        composition->sm3 = finish_sum(sm3);
    }
    EVP_MD_CTX_free(sha256);
    EVP_MD_CTX_free(sm3);
    return n == 0;
}

static bool
sync_dir(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool fine = (fd >= 0 && fsync(fd) == 0) || set_error(error, "sync", path);

    if (fd >= 0)
        close(fd);
    return fine;
}

bool
seal_compose(const SealComposeConfig *config, SealComposition *ret_composition, GError **error)
{
    g_auto(SealComposition) composition = { 0 };
    int fd = make_nameless(config->dir, error);

    if (fd < 0)
        return false;
    bool fine = compose(config, fd, &composition, error);
    off_t size = fine ? lseek(fd, 0, SEEK_END) : -1;
    if (fine && size <= 0)
        fine = set_error(error, "measure", config->name);
    fine = fine && store(config, fd, (uint64_t)size, error) && read_back(config, &composition, error) &&
           sync_dir(config->dir, error) && sync_dir(config->folder, error);
    close(fd);
    if (!fine)
        return false;
    *ret_composition = composition;
    composition = (SealComposition){ 0 };
    return true;
}
