#include "recorder/seal/mp4.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
    MAX_DEPTH = 4,
    MAX_BOXES = 1000,
    HEADER_SIZE = 8,
    LARGE_HEADER_SIZE = 16,
    FULL_SIZE = 4, /* version and flags */
};
static const int64_t EPOCH_1904 = 2082844800; /* seconds from 1904 to 1970 */

typedef struct {
    uint64_t offset, size;
    uint32_t header;
    char type[5];
} Box;

static bool
read_box(int fd, uint64_t offset, uint64_t end, Box *ret_box)
{
    uint8_t bytes[LARGE_HEADER_SIZE] = { 0 };
    uint32_t size;
    uint64_t large;

    if (end - offset < HEADER_SIZE || pread(fd, bytes, MIN(end - offset, sizeof bytes), (off_t)offset) < HEADER_SIZE)
        return false;
    memcpy(&size, bytes, 4);
    memcpy(&large, bytes + 8, 8);
    Box box = { .offset = offset, .size = GUINT32_FROM_BE(size), .header = HEADER_SIZE };
    memcpy(box.type, bytes + 4, 4);
    if (box.size == 1) {
        box.size = GUINT64_FROM_BE(large);
        box.header = LARGE_HEADER_SIZE;
    }
    if (box.size < box.header || box.size > end - offset)
        return false;
    *ret_box = box;
    return true;
}

static bool
is_one_of(const char *type, const char *const *types)
{
    return g_strv_contains(types, type);
}

/* Version 1 has times of 64 bits, version 0 of 32. */
static bool
set_times(int fd, const Box *box, int64_t seconds)
{
    uint8_t version, bytes[16];
    uint64_t large = GUINT64_TO_BE((uint64_t)seconds);
    uint32_t small = GUINT32_TO_BE((uint32_t)seconds);

    if (pread(fd, &version, 1, (off_t)(box->offset + box->header)) != 1)
        return false;
    for (unsigned i = 0; i < 2; i++) {
        if (version == 1)
            memcpy(bytes + 8 * i, &large, 8);
        else
            memcpy(bytes + 4 * i, &small, 4);
    }
    size_t size = version == 1 ? 16 : 8;
    if (box->size < box->header + FULL_SIZE + size)
        return false;
    return pwrite(fd, bytes, size, (off_t)(box->offset + box->header + FULL_SIZE)) == (ssize_t)size;
}

static bool
walk(int fd, uint64_t begin, uint64_t end, unsigned depth, int64_t seconds)
{
    static const char *const parents[] = { "moov", "trak", "mdia", NULL };
    static const char *const timed[] = { "mvhd", "tkhd", "mdhd", NULL };
    Box box;

    for (unsigned i = 0; begin < end && i < MAX_BOXES; i++, begin += box.size) {
        if (!read_box(fd, begin, end, &box))
            return false;
        if (is_one_of(box.type, timed) && !set_times(fd, &box, seconds))
            return false;
        if (is_one_of(box.type, parents) && depth < MAX_DEPTH &&
            !walk(fd, begin + box.header, begin + box.size, depth + 1, seconds))
            return false;
    }
    return true;
}

bool
seal_mp4_set_times(const char *path, int64_t unix_us, GError **error)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0) {
        g_set_error(error, REC_ERROR, REC_ERROR_IO, "cannot open %s: %s", path, g_strerror(errno));
        return false;
    }
    off_t size = lseek(fd, 0, SEEK_END);
    bool done = size > 0 && walk(fd, 0, (uint64_t)size, 0, unix_us / G_USEC_PER_SEC + EPOCH_1904);
    close(fd);
    if (!done)
        g_set_error(error, REC_ERROR, REC_ERROR_SEAL, "%s is not a whole MP4 file", path);
    return done;
}
