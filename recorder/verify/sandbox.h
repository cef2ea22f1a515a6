/* recorder/verify/sandbox.h - what a hostile package could still do, were it to take over: nearly nothing
 *
 * Entered when everything is open: reading, memory and writing to the descriptors 0 to 2 remain; other files (the folder
 * that is verified excepted), the network, other processes and programs are out of reach (seccomp, Landlock where the
 * kernel has it, rlimits). Never left. */
#pragma once

#include <stdbool.h>

/* folder: -1, or the only folder whose files may still be opened. False: the machine does not have it. */
bool ver_sandbox_enter(int folder);
