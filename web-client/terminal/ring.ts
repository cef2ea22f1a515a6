// The ringing of a terminal that is called.
import { audioContext } from '@rtc/levels';
import type { Scope } from '@rtc/scope';

const everyMs = 2_600;

function chime(context: AudioContext): void {
    [0, 0.28, 0.8, 1.08].forEach((at, i) => {
        const tone = context.createOscillator();
        const volume = context.createGain();
        const begin = context.currentTime + at;
        tone.frequency.value = i % 2 === 0 ? 660 : 520;
        volume.gain.setValueAtTime(0, begin);
        volume.gain.linearRampToValueAtTime(0.35, begin + 0.02);
        volume.gain.exponentialRampToValueAtTime(0.001, begin + 0.26);
        tone.connect(volume).connect(context.destination);
        tone.start(begin);
        tone.stop(begin + 0.27);
    });
}

/** Until the scope ends, or so long. Silent where the browser does not let a page sound before a press. */
export function ring(scope: Scope, forMs = Infinity): void {
    const until = Date.now() + forMs;
    const context = audioContext();
    if (!context) return;
    void context.resume().catch(() => undefined);
    const once = (): void => {
        if (context.state === 'running' && Date.now() < until) chime(context);
    };
    once();
    scope.every(everyMs, once);
}
