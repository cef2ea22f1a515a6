#include <string.h>

#include "gateway/people/people-priv.h"

/* A terminal is online while its heartbeat (or its polling, when it has no page) is fresh. */

static void
tell(GwPeople *self, const GwTerminalRecord *terminal)
{
    gw_directory_save_terminal(self->directory, terminal);
    for (unsigned i = 0; i < self->listeners->len; i++) {
        const GwListening *listening = &g_array_index(self->listeners, GwListening, i);
        if (listening->events->terminal_changed != NULL)
            listening->events->terminal_changed(&terminal->public, listening->user_data);
    }
}

void
gw_people_terminal_alive(GwPeople *self, GwTerminalRecord *terminal, const char *version)
{
    bool changed = !terminal->public.online || (version != NULL && g_strcmp0(version, terminal->public.version) != 0);

    terminal->public.last_seen_ms = gw_people_now_ms();
    terminal->public.online = true;
    if (version != NULL && changed) {
        g_free(terminal->public.version);
        terminal->public.version = g_strdup(version);
    }
    if (changed)
        tell(self, terminal);
}

void
gw_people_check_terminals(GwPeople *self, int64_t now_ms)
{
    const GPtrArray *terminals = gw_directory_list_terminals(self->directory);

    for (unsigned i = 0; i < terminals->len; i++) {
        GwTerminalRecord *terminal = terminals->pdata[i];

        if (!terminal->public.online || now_ms - terminal->public.last_seen_ms < GW_TERMINAL_SILENT_MS)
            continue;
        terminal->public.online = false;
        tell(self, terminal);
    }
}
