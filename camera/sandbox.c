#define G_LOG_DOMAIN "camera.sandbox"

#include "camera/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

static const rlim_t MEMORY_BYTES = (rlim_t)3 << 29; /* a picture of 4K decoded, scaled and encoded takes 600 MB */
static const rlim_t MAX_FILES = 256;
enum { LOW_PRIORITY = 5 }; /* below the media workers */

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

static const int denied[] = {
    /* nobody comes in */
    SCMP_SYS(listen),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
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
    /* rights, and files that others see */
    SCMP_SYS(chmod),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
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
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(rmdir),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(symlink),
    SCMP_SYS(symlinkat),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(truncate),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(openat2),
    SCMP_SYS(creat),
};

/* Plugins and the resolver's files are read; nothing is written. */
static bool
add_read_only(scmp_filter_ctx filter)
{
    static const int ways[] = { O_WRONLY, O_RDWR };

    for (unsigned i = 0; i < G_N_ELEMENTS(ways); i++) {
        if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(open), 1,
                             SCMP_A1(SCMP_CMP_MASKED_EQ, O_ACCMODE, (scmp_datum_t)ways[i])) < 0 ||
            seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 1,
                             SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE, (scmp_datum_t)ways[i])) < 0)
            return false;
    }
    return true;
}

/* What RTSP needs, and the resolver: nothing raw, nothing exotic. */
static bool
add_families(scmp_filter_ctx filter)
{
    static const int families[] = { AF_UNSPEC, AF_PACKET, AF_VSOCK, AF_ALG, AF_BLUETOOTH, AF_XDP };

    for (unsigned i = 0; i < G_N_ELEMENTS(families); i++) {
        if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1,
                             SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i])) < 0)
            return false;
    }
    return true;
}

static bool
add_rules(scmp_filter_ctx filter)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(denied); i++) {
        if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), denied[i], 0) < 0)
            return false;
    }
    if (!add_families(filter))
        return false;
    if (IS_SANITIZED) /* leaks are looked for by a process of its own that traces this one */
        return true;
    if (!add_read_only(filter) || seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ptrace), 0) < 0)
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
cam_sandbox_enter(GError **error)
{
    if (setpriority(PRIO_PROCESS, 0, LOW_PRIORITY) < 0)
        g_debug("priority is not lowered: %s", g_strerror(errno));
    limit(RLIMIT_CORE, 0); /* it would hold media and a password */
    limit(RLIMIT_NOFILE, MAX_FILES);
    if (!IS_SANITIZED) {
        limit(RLIMIT_AS, MEMORY_BYTES);
        limit(RLIMIT_FSIZE, 0);
    }
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    bool entered =
        filter && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && add_rules(filter) && seccomp_load(filter) == 0;
    if (filter)
        seccomp_release(filter);
    if (!entered)
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "the sandbox cannot be entered");
    return entered;
}
