#define G_LOG_DOMAIN "recorder.files"

#include "recorder/files.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/output.h"
#include "recorder/reader.h"

typedef struct {
    uint64_t number;
    GHashTable *sessions; /* set of char *, owned */
    bool was_cut;         /* it was not closed in order: the service was killed, or the power went */
} File;

struct RecFiles {
    char *dir, *sealed_path;
    int lock_fd;
    GPtrArray *files;   /* File *, owned, by number; the last is the current one after rec_files_begin() */
    GHashTable *sealed; /* set of char *, owned */
    uint64_t next_number;
    bool has_link, has_current;
    uint8_t link[REC_CHAIN_SIZE];
};

static File *
file_new(uint64_t number)
{
    File *self = g_new0(File, 1);

    self->number = number;
    self->sessions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return self;
}

static void
file_free(void *data)
{
    File *self = data;

    g_hash_table_unref(self->sessions);
    g_free(self);
}

static bool
set_error(GError **error, const char *verb, const char *path)
{
    g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot %s %s: %s", verb, path, g_strerror(errno));
    return false;
}

static bool
lock(RecFiles *self, GError **error)
{
    g_autofree char *path = g_build_filename(self->dir, "lock", NULL);

    self->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (self->lock_fd < 0)
        return set_error(error, "open", path);
    if (flock(self->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno != EWOULDBLOCK)
        return set_error(error, "lock", path);
    g_set_error(error, REC_ERROR, REC_ERROR_LOCKED,
                "another service uses %s: stop it first, or give this one its own data directory", self->dir);
    return false;
}

static void
note_sessions(File *file, const char *sessions)
{
    g_auto(GStrv) names = g_strsplit(sessions, " ", -1);

    for (char **name = names; *name; name++) {
        if (**name)
            g_hash_table_add(file->sessions, g_strdup(*name));
    }
}

/* The last record of a file that was closed properly says what it holds. */
static bool
read_end(RecFiles *self, File *file, const char *path)
{
    g_autofree uint8_t *bytes = NULL;
    g_autofree char *text = NULL;
    RecBlock block;
    struct stat status;
    uint32_t length;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return false;
    if (fstat(fd, &status) == 0 && pread(fd, &length, 4, status.st_size - 4) == 4) {
        length = GUINT32_FROM_LE(length);
        if (length <= REC_BLOCK_MAX_BYTES && length <= status.st_size) {
            bytes = g_malloc(length);
            if (pread(fd, bytes, length, status.st_size - length) != (ssize_t)length)
                g_clear_pointer(&bytes, g_free);
        }
    }
    close(fd);
    if (!bytes || rec_pcapng_get_block(bytes, length, &block) != length || !rec_pcapng_parse_entry(&block, &text))
        return false;

    g_autofree char *sessions = rec_entry_get(text, "YUANJIAN_SESSIONS");
    g_autofree char *hash = rec_entry_get(text, "YUANJIAN_SHA256");
    if (!sessions || (uint64_t)rec_entry_get_number(text, "YUANJIAN_FILE") != file->number ||
        rec_entry_get_number(text, "YUANJIAN_OFFSET") != status.st_size - length ||
        !rec_chain_from_string(hash, self->link))
        return false;
    self->has_link = true;
    note_sessions(file, sessions);
    return true;
}

static bool
cut(const char *path, uint64_t good_end, GError **error)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return set_error(error, "open", path);
    bool done = ftruncate(fd, (off_t)good_end) == 0 && fsync(fd) == 0;
    int saved = errno;
    close(fd);
    errno = saved;
    return done || set_error(error, "cut the torn tail of", path);
}

/* Nothing in it reads: what is empty goes, anything else stays under another name for people to look at. */
static bool
set_aside(const char *path, uint64_t size, GError **error)
{
    g_autofree char *aside = g_strconcat(path, ".damaged", NULL);

    if (size == 0)
        return unlink(path) == 0 || set_error(error, "remove", path);
    return rename(path, aside) == 0 || set_error(error, "rename", path);
}

static bool
scan(RecFiles *self, File *file, const char *path, GError **error)
{
    g_autoptr(RecReader) reader = rec_reader_open(path, file->number, error);
    RecRecord record;

    if (!reader)
        return false;
    while (rec_reader_next(reader, &record)) {
        g_autofree char *own = record.entry ? rec_entry_get(record.entry, "YUANJIAN_SESSION") : NULL;
        const char *session = record.entry ? own : record.interface->session;
        if (session && !g_hash_table_contains(file->sessions, session))
            g_hash_table_add(file->sessions, g_strdup(session));
    }
    self->has_link |= rec_reader_get_link(reader, self->link);
    file->was_cut = true;
    uint64_t good_end = rec_reader_get_good_end(reader), size = rec_reader_get_size(reader);
    if (good_end == 0)
        return set_aside(path, size, error);
    return good_end == size || cut(path, good_end, error);
}

static bool
read_file(RecFiles *self, uint64_t number, GError **error)
{
    g_autofree char *path = rec_output_get_path(self->dir, number);
    File *file = file_new(number);

    self->next_number = MAX(self->next_number, number + 1);
    if (read_end(self, file, path) || scan(self, file, path, error)) {
        g_ptr_array_add(self->files, file);
        return true;
    }
    file_free(file);
    return false;
}

static int
compare_numbers(gconstpointer a, gconstpointer b)
{
    const uint64_t *left = a, *right = b;

    return *left < *right ? -1 : *left > *right;
}

static bool
read_folder(RecFiles *self, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(self->dir, 0, error);
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    const char *name;

    if (!dir)
        return false;
    while ((name = g_dir_read_name(dir))) {
        uint64_t number;
        int length = 0;
        if (sscanf(name, "journal-%20" G_GUINT64_FORMAT "%n", &number, &length) != 1)
            continue;
        if (number < UINT64_MAX)
            self->next_number = MAX(self->next_number, number + 1); /* also of one that was set aside */
        if (strcmp(name + length, ".pcapng") == 0)
            g_array_append_val(numbers, number);
    }
    g_array_sort(numbers, compare_numbers);
    for (unsigned i = 0; i < numbers->len; i++) {
        if (!read_file(self, g_array_index(numbers, uint64_t, i), error))
            return false;
    }
    return true;
}

static bool
is_known(const RecFiles *self, const char *session)
{
    for (unsigned i = 0; i < self->files->len; i++) {
        File *file = self->files->pdata[i];
        if (g_hash_table_contains(file->sessions, session))
            return true;
    }
    return false;
}

/* Reads DIR/sealed and writes it anew without sessions that are gone. A last line without its end is torn: ignored. */
static bool
read_sealed(RecFiles *self, GError **error)
{
    g_autofree char *text = NULL;

    if (!g_file_get_contents(self->sealed_path, &text, NULL, NULL))
        return true;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (unsigned i = 0; lines[i] && lines[i + 1]; i++) {
        if (lines[i][0] == '!')
            g_hash_table_remove(self->sealed, lines[i] + 1);
        else if (is_known(self, lines[i]))
            g_hash_table_add(self->sealed, g_strdup(lines[i]));
    }

    GString *kept = g_string_new(NULL);
    GHashTableIter iter;
    void *session;
    g_hash_table_iter_init(&iter, self->sealed);
    while (g_hash_table_iter_next(&iter, &session, NULL))
        g_string_append_printf(kept, "%s\n", (char *)session);
    bool written = g_file_set_contents_full(self->sealed_path, kept->str, (gssize)kept->len,
                                            G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, error);
    g_string_free(kept, TRUE);
    return written;
}

RecFiles *
rec_files_new(const char *dir, GError **error)
{
    g_autoptr(RecFiles) self = g_new0(RecFiles, 1);

    self->dir = g_strdup(dir);
    self->sealed_path = g_build_filename(dir, "sealed", NULL);
    self->lock_fd = -1;
    self->files = g_ptr_array_new_with_free_func(file_free);
    self->sealed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->next_number = 1;
    if (g_mkdir_with_parents(dir, 0700) < 0) {
        set_error(error, "make the folder", dir);
        return NULL;
    }
    if (!lock(self, error) || !read_folder(self, error) || !read_sealed(self, error))
        return NULL;
    rec_files_sweep(self);
    return g_steal_pointer(&self);
}

void
rec_files_free(RecFiles *self)
{
    if (!self)
        return;
    if (self->lock_fd >= 0)
        close(self->lock_fd);
    g_ptr_array_unref(self->files);
    g_hash_table_unref(self->sealed);
    g_free(self->dir);
    g_free(self->sealed_path);
    g_free(self);
}

const uint8_t *
rec_files_get_link(const RecFiles *self)
{
    return self->has_link ? self->link : NULL;
}

static int
compare_strings(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *
rec_files_list_unsealed(const RecFiles *self)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);

    for (unsigned i = 0; i < self->files->len; i++) {
        GHashTableIter iter;
        void *session;
        g_hash_table_iter_init(&iter, ((File *)self->files->pdata[i])->sessions);
        while (g_hash_table_iter_next(&iter, &session, NULL)) {
            if (!g_hash_table_contains(self->sealed, session) && g_hash_table_add(seen, session))
                g_ptr_array_add(list, g_strdup(session));
        }
    }
    g_ptr_array_sort(list, compare_strings);
    return list;
}

bool
rec_files_was_cut(const RecFiles *self, const char *session)
{
    for (unsigned i = 0; i < self->files->len; i++) {
        const File *file = self->files->pdata[i];
        if (file->was_cut && g_hash_table_contains(file->sessions, session))
            return true;
    }
    return false;
}

uint64_t
rec_files_take_number(RecFiles *self)
{
    return self->next_number++;
}

void
rec_files_begin(RecFiles *self, uint64_t number)
{
    g_ptr_array_add(self->files, file_new(number));
    self->has_current = true;
}

static bool
append_sealed(RecFiles *self, const char *line, GError **error)
{
    int fd = open(self->sealed_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (fd < 0)
        return set_error(error, "open", self->sealed_path);
    size_t size = strlen(line);
    bool done = write(fd, line, size) == (ssize_t)size && fsync(fd) == 0;
    int saved = errno;
    close(fd);
    errno = saved;
    return done || set_error(error, "write", self->sealed_path);
}

void
rec_files_note(RecFiles *self, const char *session)
{
    File *file = self->files->pdata[self->files->len - 1];

    if (g_hash_table_contains(file->sessions, session) && !g_hash_table_contains(self->sealed, session))
        return;
    g_hash_table_add(file->sessions, g_strdup(session));
    if (g_hash_table_remove(self->sealed, session)) {
        g_autofree char *line = g_strdup_printf("!%s\n", session);
        g_autoptr(GError) error = NULL;
        if (!append_sealed(self, line, &error))
            g_debug("%s", error->message); /* the disk is failing: the writer finds out by itself */
    }
}

char *
rec_files_list_current(const RecFiles *self)
{
    const File *file = self->files->pdata[self->files->len - 1];
    g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(file->sessions), (GCompareFunc)strcmp);
    GString *list = g_string_new(NULL);

    for (GList *key = keys; key; key = key->next)
        g_string_append_printf(list, "%s%s", list->len > 0 ? " " : "", (char *)key->data);
    return g_string_free(list, FALSE);
}

static bool
holds_unsealed(const RecFiles *self, const File *file)
{
    GHashTableIter iter;
    void *session;

    g_hash_table_iter_init(&iter, file->sessions);
    while (g_hash_table_iter_next(&iter, &session, NULL)) {
        if (!g_hash_table_contains(self->sealed, session))
            return true;
    }
    return false;
}

bool
rec_files_current_is_sealed(const RecFiles *self)
{
    const File *file = self->files->pdata[self->files->len - 1];

    return g_hash_table_size(file->sessions) > 0 && !holds_unsealed(self, file);
}

bool
rec_files_seal(RecFiles *self, const char *session, GError **error)
{
    g_autofree char *line = g_strdup_printf("%s\n", session);

    if (g_hash_table_contains(self->sealed, session))
        return true;
    if (!append_sealed(self, line, error))
        return false;
    g_hash_table_add(self->sealed, g_strdup(session));
    return true;
}

void
rec_files_sweep(RecFiles *self)
{
    unsigned n = self->files->len - (self->has_current ? 1 : 0);

    for (unsigned i = n; i > 0; i--) {
        File *file = self->files->pdata[i - 1];
        if (holds_unsealed(self, file))
            continue;
        g_autofree char *path = rec_output_get_path(self->dir, file->number);
        if (unlink(path) < 0 && errno != ENOENT)
            g_debug("cannot remove %s: %s", path, g_strerror(errno)); /* tried again at the next sweep */
        else
            g_ptr_array_remove_index(self->files, i - 1);
    }
}
