#define G_LOG_DOMAIN "sandbox"

#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

static const int always[] = {
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
refuse(scmp_filter_ctx filter, const int *calls, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), calls[i], 0) < 0)
            return false;
    }
    return true;
}

static bool
refuse_families(scmp_filter_ctx filter, const SandboxRules *rules)
{
    for (unsigned i = 0; i < rules->n_families; i++) {
        if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1,
                             SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)rules->families[i])) < 0)
            return false;
    }
    return true;
}

static bool
refuse_writing(scmp_filter_ctx filter)
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

/* A thread is a clone, another process is not; clone3 hides which, and without it clone is used. */
static bool
refuse_processes(scmp_filter_ctx filter)
{
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ptrace), 0) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                            SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)) == 0;
}

static bool
add_rules(scmp_filter_ctx filter, const SandboxRules *rules)
{
    if (!refuse(filter, always, G_N_ELEMENTS(always)) || !refuse(filter, rules->calls, rules->n_calls) ||
        !refuse_families(filter, rules))
        return false;
    if (IS_SANITIZED)
        return true;
    return (!rules->is_read_only || refuse_writing(filter)) && refuse_processes(filter);
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

static void
set_limits(const SandboxRules *rules)
{
    if (setpriority(PRIO_PROCESS, 0, rules->priority) < 0)
        g_debug("priority is not lowered: %s", g_strerror(errno));
    limit(RLIMIT_CORE, 0); /* it would hold media */
    if (rules->cpu_seconds > 0)
        limit(RLIMIT_CPU, rules->cpu_seconds);
    if (rules->max_files > 0)
        limit(RLIMIT_NOFILE, rules->max_files);
    if (IS_SANITIZED)
        return;
    limit(RLIMIT_AS, rules->memory_bytes);
    if (rules->is_read_only)
        limit(RLIMIT_FSIZE, 0);
}

bool
sandbox_enter(const SandboxRules *rules, GError **error)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

    set_limits(rules);
    bool entered =
        filter && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && add_rules(filter, rules) && seccomp_load(filter) == 0;
    if (filter)
        seccomp_release(filter);
    if (!entered)
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "the sandbox cannot be entered");
    return entered;
}
