#define G_LOG_DOMAIN "recorder.sandbox"

#include "recorder/seal/sandbox.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "recorder/error.h"

static const rlim_t MEMORY_BYTES = (rlim_t)8 << 30;
static const rlim_t CPU_SECONDS = 4 * 3600;
enum { LOWEST_PRIORITY = 19 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1 /* shadow memory is larger than any limit */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

/* Sealing needs files, memory and threads of its own, and none of these. */
static const int denied[] = {
    /* the network (a socketpair is none; GStreamer wakes itself with one) */
    SCMP_SYS(socket),
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(listen),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(io_uring_setup),
    /* programs and processes */
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(kill),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(kcmp),
    /* the machine */
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(keyctl),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(reboot),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    /* rights and other names of files */
    SCMP_SYS(chown),
    SCMP_SYS(fchown),
    SCMP_SYS(lchown),
    SCMP_SYS(fchownat),
    SCMP_SYS(setuid),
    SCMP_SYS(setgid),
    SCMP_SYS(setresuid),
    SCMP_SYS(setresgid),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    SCMP_SYS(symlink),
    SCMP_SYS(symlinkat),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(open_by_handle_at),
};

static bool
add_rules(scmp_filter_ctx filter)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(denied); i++) {
        if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), denied[i], 0) < 0)
            return false;
    }
    if (IS_SANITIZED) /* leaks are looked for by a process of its own that traces this one */
        return true;
    if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ptrace), 0) < 0)
        return false;
    /* a thread is a clone, another process is not; clone3 hides which, and without it clone is used */
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                            SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)) == 0;
}

static void
limit(__rlimit_resource_t resource, rlim_t most)
{
    struct rlimit now;

    if (getrlimit(resource, &now) < 0)
        return;
    now.rlim_max = MIN(now.rlim_max, most);
    now.rlim_cur = MIN(now.rlim_cur, now.rlim_max);
    if (setrlimit(resource, &now) < 0)
        g_debug("a limit is not set: %s", g_strerror(errno));
}

bool
seal_sandbox_enter(GError **error)
{
    if (setpriority(PRIO_PROCESS, 0, LOWEST_PRIORITY) < 0)
        g_debug("priority is not lowered: %s", g_strerror(errno));
    limit(RLIMIT_CORE, 0); /* it would hold media */
    limit(RLIMIT_CPU, CPU_SECONDS);
    if (!IS_SANITIZED)
        limit(RLIMIT_AS, MEMORY_BYTES);

    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    bool entered =
        filter && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && add_rules(filter) && seccomp_load(filter) == 0;
    if (filter)
        seccomp_release(filter);
    if (!entered)
        g_set_error_literal(error, REC_ERROR, REC_ERROR_SEAL, "the sandbox cannot be entered");
    return entered;
}
