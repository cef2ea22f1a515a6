// How loud a track is, for the bar that shows somebody that they are heard.
import type { Scope } from './scope';

const everyMs = 80;
const quietDb = -60;
const loudDb = -12;

/** 0 (silence) to 1 (loud), from samples of -1 to 1. */
export function loudness(samples: Float32Array): number {
    let sum = 0;
    for (const sample of samples) sum += sample * sample;
    if (sum === 0) return 0;
    const db = 10 * Math.log10(sum / samples.length);
    return Math.min(1, Math.max(0, (db - quietDb) / (loudDb - quietDb)));
}

/** Rises at once, falls slowly: a bar that people can follow. */
export function smooth(before: number, now: number): number {
    return now >= before ? now : Math.max(now, before - 0.06);
}

let shared: AudioContext | null = null;

/** One for the page: browsers allow few. To be called from a press first, or it starts suspended. */
export function audioContext(): AudioContext | null {
    if (shared) return shared;
    const Context = window.AudioContext ?? (window as { webkitAudioContext?: typeof AudioContext }).webkitAudioContext;
    if (!Context) return null;
    shared = new Context();
    return shared;
}

/** Calls `heard` with 0...1 until the scope ends. */
export function watchLevel(scope: Scope, stream: MediaStream, heard: (level: number) => void): void {
    const context = audioContext();
    if (!context || stream.getAudioTracks().length === 0) return;
    if (context.state === 'suspended') void context.resume().catch(() => undefined);
    const source = context.createMediaStreamSource(stream);
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let level = 0;
    scope.every(everyMs, () => {
        analyser.getFloatTimeDomainData(samples);
        level = smooth(level, loudness(samples));
        heard(level);
    });
    scope.add(() => source.disconnect());
}

/** Three soft tones, so that somebody can tell that sound comes out. */
export function playChime(): void {
    const context = audioContext();
    if (!context) return;
    void context.resume().catch(() => undefined);
    [523.25, 659.25, 783.99].forEach((frequency, index) => {
        const at = context.currentTime + 0.05 + index * 0.28;
        const tone = context.createOscillator();
        const volume = context.createGain();
        tone.frequency.value = frequency;
        volume.gain.setValueAtTime(0, at);
        volume.gain.linearRampToValueAtTime(0.25, at + 0.03);
        volume.gain.exponentialRampToValueAtTime(0.001, at + 0.6);
        tone.connect(volume).connect(context.destination);
        tone.start(at);
        tone.stop(at + 0.65);
    });
}
