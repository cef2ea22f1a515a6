/** A picture of a moment, handed to the gateway to be kept with the recording as evidence. */
import { Failure } from '@rtc/failure';
import { snapshotPath } from '@rtc/protocol';
import type { Snapshot } from '@rtc/protocol';

export async function keepSnapshot(recording: string, atMs: number, picture: Blob): Promise<Snapshot> {
    const response = await fetch(snapshotPath(recording, atMs), {
        method: 'POST',
        headers: { 'Content-Type': picture.type },
        credentials: 'same-origin',
        body: picture,
    }).catch((error: unknown) => {
        throw new Failure('unreachable', String(error));
    });
    const answer = (await response.json().catch(() => null)) as { snapshot?: Snapshot; error?: unknown } | null;
    if (!response.ok || !answer?.snapshot) throw Failure.from(answer?.error);
    return answer.snapshot;
}
