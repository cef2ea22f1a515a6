#include "recorder/verify/sandbox.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static const rlim_t MEMORY_BYTES = (rlim_t)1536 << 20;
static const rlim_t CPU_SECONDS = 24 * 3600;
static const rlim_t MAX_DESCRIPTORS = 64;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1 /* shadow memory is larger than any limit, and leaks are looked for by another process */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

#if defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv)
#define THIS_ARCH AUDIT_ARCH_RISCV64
#elif defined(__loongarch__)
#define THIS_ARCH AUDIT_ARCH_LOONGARCH64
#else
#error "name this machine's AUDIT_ARCH_"
#endif

enum { MAX_FILTER = 128, LOW = 0, HIGH = 4 };

static const int allowed[] = {
    SYS_read,   SYS_pread64,        SYS_lseek,        SYS_close,      SYS_fstat,     SYS_newfstatat, SYS_getdents64,
    SYS_brk,    SYS_munmap,         SYS_mremap,       SYS_madvise,    SYS_getrandom, SYS_futex,      SYS_clock_gettime,
    SYS_getpid, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_exit_group, SYS_exit,      SYS_fcntl,
#ifdef SYS_statx
    SYS_statx,
#endif
};

typedef struct {
    struct sock_filter code[MAX_FILTER];
    unsigned short n;
} Filter;

static void
put(Filter *filter, uint16_t code, uint32_t value, uint8_t if_true, uint8_t if_false)
{
    filter->code[filter->n++] = (struct sock_filter){ code, if_true, if_false, value };
}

static void
put_load(Filter *filter, size_t offset)
{
    put(filter, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* The call is allowed when (argument & mask) == 0; the number is loaded, and is again afterwards. */
static void
put_masked(Filter *filter, int call, unsigned argument, uint32_t mask)
{
    put(filter, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 4);
    put_load(filter,
             offsetof(struct seccomp_data, args) + 8 * argument + LOW); /* little-endian: flags are in the low half */
    put(filter, BPF_JMP | BPF_JSET | BPF_K, mask, 1, 0);
    put(filter, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
    put_load(filter, offsetof(struct seccomp_data, nr));
}

static void
build(Filter *filter)
{
    put_load(filter, offsetof(struct seccomp_data, arch));
    put(filter, BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 1, 0);
    put(filter, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
    put_load(filter, offsetof(struct seccomp_data, nr));
    for (unsigned i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        put(filter, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)allowed[i], 0, 1);
        put(filter, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
    }
    put_masked(filter, SYS_openat, 2, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND);
    put_masked(filter, SYS_mmap, 2, PROT_EXEC);
    put_masked(filter, SYS_mprotect, 2, PROT_EXEC);
    put_masked(filter, SYS_write, 0, ~(uint32_t)3);
    put_masked(filter, SYS_writev, 0, ~(uint32_t)3);
    put(filter, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1 /* EPERM */, 0, 0);
}

static void
limit(__rlimit_resource_t resource, rlim_t most)
{
    struct rlimit now;

    if (getrlimit(resource, &now) < 0)
        return;
    now.rlim_max = now.rlim_max < most ? now.rlim_max : most;
    now.rlim_cur = now.rlim_cur < now.rlim_max ? now.rlim_cur : now.rlim_max;
    (void)setrlimit(resource, &now);
}

/* The file system, where the kernel can; without it the filter of calls stands alone. */
static void
close_files(int folder)
{
#ifdef SYS_landlock_create_ruleset
    struct landlock_ruleset_attr rules = { .handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1 };
    struct landlock_path_beneath_attr beneath = { .allowed_access =
                                                      LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
                                                  .parent_fd = folder };
    int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);

    if (fd < 0)
        return;
    if (folder < 0 || syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0)
        (void)syscall(SYS_landlock_restrict_self, fd, 0);
    close(fd);
#else
    (void)folder;
#endif
}

bool
ver_sandbox_enter(int folder)
{
    Filter filter = { .n = 0 };

    if (IS_SANITIZED)
        return true;
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, CPU_SECONDS);
    limit(RLIMIT_AS, MEMORY_BYTES);
    limit(RLIMIT_NOFILE, MAX_DESCRIPTORS);
    limit(RLIMIT_NPROC, 0);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return false;
    close_files(folder);
    build(&filter);
    struct sock_fprog program = { filter.n, filter.code };
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}
