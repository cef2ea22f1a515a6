/** Where a side of a visit is on its way in, and what it still lacks. Pure. */
import type { Side, Visit } from '@rtc/protocol';

export type Presence = 'absent' | 'present' | 'ready' | 'connected' | 'dropped' | 'offline' | 'online';

export function presenceOf(visit: Visit, side: Side): Presence {
    const party = visit.parties[side];
    const running = visit.state === 'live' || visit.state === 'paused' || visit.state === 'suspended';
    if (running) return party.connected ? 'connected' : 'dropped';
    if (visit.state === 'ended') return 'absent';
    if (party.ready) return 'ready';
    if (side === 'terminal') return visit.terminal.online ? 'online' : 'offline';
    return party.present ? 'present' : 'absent';
}

/** What a side lacks before admission, as the key of a sentence under `visit.missing`. */
export function missing(visit: Visit, side: Side): string {
    const party = visit.parties[side];
    if (side === 'terminal') {
        if (party.ready) return 'terminalReady';
        return visit.terminal.online ? 'online' : 'offline';
    }
    if (party.ready) return 'ready';
    if (!party.present) return 'absent';
    return visit.recording_class === 'recorded' && party.consent === false ? 'consent' : 'present';
}

/** Why nobody can be admitted yet, as keys under `visit.admitWhy`; empty: press the button. */
export function obstacles(visit: Visit): string[] {
    const found: string[] = [];
    if (visit.state === 'scheduled') found.push('early');
    if (!visit.parties.family.ready) found.push('family');
    if (!visit.parties.terminal.ready) found.push('terminal');
    if (visit.recording_class === 'recorded' && visit.recording?.state === 'failed') found.push('recorder');
    return found;
}
