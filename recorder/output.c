#include "recorder/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/pcapng.h"

struct RecOutput {
    char *path;
    int fd;
    uint64_t number;
    uint64_t written; /* whole blocks in the file */
    GByteArray *buffer;
    RecChain chain;
    bool dirty;
};

char *
rec_output_get_path(const char *dir, uint64_t number)
{
    g_autofree char *name = g_strdup_printf("journal-%08" G_GUINT64_FORMAT ".pcapng", number);

    return g_build_filename(dir, name, NULL);
}

static bool
set_error(const RecOutput *self, const char *verb, GError **error)
{
    g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot %s %s: %s", verb, self->path, g_strerror(errno));
    return false;
}

static GString *
new_entry(const RecOutput *self, const char *kind, const char *message)
{
    GString *text = g_string_new(NULL);

    rec_entry_add_number(text, "__REALTIME_TIMESTAMP", g_get_real_time());
    rec_entry_add(text, "SYSLOG_IDENTIFIER", "yuanjian");
    rec_entry_add(text, "MESSAGE", message);
    rec_entry_add(text, "YUANJIAN_KIND", kind);
    rec_entry_add_number(text, "YUANJIAN_FILE", (int64_t)self->number);
    return text;
}

static bool
sync_folder(const RecOutput *self, const char *dir, GError **error)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return set_error(self, "enter the folder of", error);
    bool synced = fsync(fd) == 0;
    int saved = errno;
    close(fd);
    errno = saved;
    return synced || set_error(self, "sync the folder of", error);
}

static bool
put_head(RecOutput *self, GError **error)
{
    g_autofree char *previous = rec_chain_to_string(self->chain.link);
    GString *text = new_entry(self, "file", "journal file begins");

    rec_entry_add(text, "YUANJIAN_PREVIOUS", previous);
    rec_pcapng_put_section(self->buffer);
    rec_pcapng_put_entry(self->buffer, text->str);
    g_string_free(text, TRUE);
    return rec_output_sync(self, error);
}

RecOutput *
rec_output_new(const char *dir, uint64_t number, const uint8_t link[REC_CHAIN_SIZE], GError **error)
{
    g_autoptr(RecOutput) self = g_new0(RecOutput, 1);

    self->path = rec_output_get_path(dir, number);
    self->number = number;
    self->buffer = g_byte_array_new();
    rec_chain_init(&self->chain, link);
    self->fd = open(self->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (self->fd < 0) {
        set_error(self, "create", error);
        return NULL;
    }
    if (!put_head(self, error) || !sync_folder(self, dir, error)) {
        unlink(self->path); /* it holds nothing yet */
        return NULL;
    }
    return g_steal_pointer(&self);
}

void
rec_output_free(RecOutput *self)
{
    if (!self)
        return;
    if (self->fd >= 0) {
        if (ftruncate(self->fd, (off_t)self->written) < 0)
            g_debug("%s keeps a torn tail: %s", self->path, g_strerror(errno)); /* it is cut at the next start */
        close(self->fd);
    }
    rec_chain_clear(&self->chain);
    g_byte_array_unref(self->buffer);
    g_free(self->path);
    g_free(self);
}

GByteArray *
rec_output_get_buffer(RecOutput *self)
{
    return self->buffer;
}

uint64_t
rec_output_get_size(const RecOutput *self)
{
    return self->written + self->buffer->len;
}

bool
rec_output_is_dirty(const RecOutput *self)
{
    return self->dirty || self->buffer->len > 0;
}

void
rec_output_get_link(const RecOutput *self, uint8_t ret_link[REC_CHAIN_SIZE])
{
    memcpy(ret_link, self->chain.link, REC_CHAIN_SIZE);
}

bool
rec_output_flush(RecOutput *self, GError **error)
{
    for (size_t done = 0; done < self->buffer->len;) {
        ssize_t n = write(self->fd, self->buffer->data + done, self->buffer->len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            errno = ENOSPC;
        if (n <= 0)
            return set_error(self, "write", error);
        done += n;
    }
    self->dirty |= self->buffer->len > 0;
    rec_chain_add(&self->chain, self->buffer->data, self->buffer->len);
    self->written += self->buffer->len;
    g_byte_array_set_size(self->buffer, 0);
    return true;
}

/* Closes a link of the chain with this entry and brings everything to the disk. Takes the text. */
static bool
close_link(RecOutput *self, GString *text, GError **error)
{
    if (!rec_output_flush(self, error)) {
        g_string_free(text, TRUE);
        return false;
    }
    rec_chain_close(&self->chain);
    g_autofree char *hash = rec_chain_to_string(self->chain.link);
    rec_entry_add_number(text, "YUANJIAN_OFFSET", (int64_t)self->written);
    rec_entry_add(text, "YUANJIAN_SHA256", hash);
    rec_pcapng_put_entry(self->buffer, text->str);
    g_string_free(text, TRUE);

    if (!rec_output_flush(self, error))
        return false;
    if (fdatasync(self->fd) < 0)
        return set_error(self, "sync", error);
    self->dirty = false;
    return true;
}

/* Somebody may have removed or moved the file, or its whole folder: writing goes on well, and nobody will ever find it. */
static bool
check_is_there(const RecOutput *self, GError **error)
{
    struct stat open_file, named;

    if (fstat(self->fd, &open_file) < 0 || stat(self->path, &named) < 0)
        return set_error(self, "find", error);
    if (open_file.st_ino == named.st_ino && open_file.st_dev == named.st_dev)
        return true;
    errno = ESTALE;
    return set_error(self, "find", error);
}

bool
rec_output_sync(RecOutput *self, GError **error)
{
    if (!rec_output_is_dirty(self))
        return true;
    return check_is_there(self, error) && close_link(self, new_entry(self, "chain", "hash chain"), error);
}

bool
rec_output_finish(RecOutput *self, const char *sessions, GError **error)
{
    GString *text = new_entry(self, "end", "journal file ends");

    if (strlen(sessions) < REC_BLOCK_MAX_BYTES / 2)
        rec_entry_add(text, "YUANJIAN_SESSIONS", sessions);
    return close_link(self, text, error);
}
