#include "recorder/seal/sandbox.h"

#include <seccomp.h>

#include "recorder/error.h"
#include "sandbox/sandbox.h"

#define MEMORY_BYTES ((rlim_t)8 << 30)
enum { CPU_SECONDS = 4 * 3600, LOWEST_PRIORITY = 19 };

/* Sealing needs files, memory and threads of its own, and no network (a socketpair is none; GStreamer wakes itself with one). */
static const int calls[] = {
    SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg), SCMP_SYS(sendto),
};

bool
seal_sandbox_enter(GError **error)
{
    static const SandboxRules rules = {
        .priority = LOWEST_PRIORITY,
        .memory_bytes = MEMORY_BYTES,
        .cpu_seconds = CPU_SECONDS,
        .calls = calls,
        .n_calls = G_N_ELEMENTS(calls),
    };
    g_autoptr(GError) cause = NULL;

    if (sandbox_enter(&rules, &cause))
        return true;
    g_set_error_literal(error, REC_ERROR, REC_ERROR_SEAL, cause->message);
    return false;
}
