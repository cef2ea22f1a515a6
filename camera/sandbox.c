#include "camera/sandbox.h"

#include <seccomp.h>
#include <sys/socket.h>

#include "sandbox/sandbox.h"

#define MEMORY_BYTES ((rlim_t)3 << 29)      /* a picture of 4K decoded, scaled and encoded takes 600 MB */
enum { MAX_FILES = 256, LOW_PRIORITY = 5 }; /* below the media workers */

/* Plugins and the resolver's files are read; nothing is written, renamed or removed. */
static const int calls[] = {
    SCMP_SYS(chmod),     SCMP_SYS(fchmod),   SCMP_SYS(fchmodat), SCMP_SYS(mkdir),  SCMP_SYS(mkdirat),
    SCMP_SYS(rmdir),     SCMP_SYS(unlink),   SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat),
    SCMP_SYS(renameat2), SCMP_SYS(truncate), SCMP_SYS(openat2),  SCMP_SYS(creat),
};

/* What RTSP needs, and the resolver: nothing raw, nothing exotic. */
static const int families[] = { AF_UNSPEC, AF_PACKET, AF_VSOCK, AF_ALG, AF_BLUETOOTH, AF_XDP };

bool
cam_sandbox_enter(GError **error)
{
    static const SandboxRules rules = {
        .priority = LOW_PRIORITY,
        .memory_bytes = MEMORY_BYTES,
        .max_files = MAX_FILES,
        .is_read_only = true,
        .calls = calls,
        .n_calls = G_N_ELEMENTS(calls),
        .families = families,
        .n_families = G_N_ELEMENTS(families),
    };

    return sandbox_enter(&rules, error);
}
