/* Whatever an encrypted file holds, what can be read of it is what was written: here the byte at n is n * 7 + n / 251. */
#include <glib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "recorder/vault.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const RecKey key = { { 0, 1, 2, 3, 4, 5, 6, 7 } };
    uint8_t bytes[100];
    int fd = memfd_create("vault", MFD_CLOEXEC);

    g_assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    g_autoptr(RecVault) vault = rec_vault_new(fd, "a.webm", &key, NULL);
    for (uint64_t at = 0; vault && at < rec_vault_get_size(vault) && at < size; at += 997) {
        ssize_t n = rec_vault_pread(vault, bytes, sizeof bytes, at, NULL);
        for (ssize_t i = 0; i < n; i++)
            g_assert(bytes[i] == (uint8_t)((at + i) * 7 + (at + i) / 251));
    }
    return 0;
}
