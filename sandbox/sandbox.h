/* sandbox/sandbox.h - takes away from a program that reads hostile media what that could make use of
 *
 * For all: no other programs and processes, nothing of the machine, no rights, no core file; lower priority, bounded memory.
 * Each program says what else it can do without. Thread: before others are started. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/resource.h>

G_BEGIN_DECLS

/* Borrowed. */
typedef struct {
    int priority;        /* nice value */
    rlim_t memory_bytes; /* of address space */
    rlim_t cpu_seconds;  /* 0: as much as it likes */
    rlim_t max_files;    /* open at a time; 0: as many as it likes */
    bool is_read_only;   /* no file is opened for writing, or grows */
    const int *calls;    /* numbers of system calls that are refused, too */
    unsigned n_calls;    /* of calls */
    const int *families; /* of sockets that are refused, where sockets are not */
    unsigned n_families; /* of families */
} SandboxRules;

/* Under a sanitizer, whose shadow memory is larger than any limit, and which traces the program to look for leaks, memory, files
 * and processes stay as they are. */
bool sandbox_enter(const SandboxRules *rules, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
