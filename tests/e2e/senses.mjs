// What a page really shows and plays: pixels of its <video> elements and the spectrum of their sound.
import { parties } from './media.mjs';

// Runs before the page's own script: remembers which tracks are its own camera and microphone.
export function rememberOwnTracks() {
    window.ownTracks = new Set();
    const devices = navigator.mediaDevices;
    if (!devices)
        return;
    const getUserMedia = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (constraints) => {
        const stream = await getUserMedia(constraints);
        for (const track of stream.getTracks())
            window.ownTracks.add(track.id);
        return stream;
    };
}

// Runs in the page. Describes each playing video by its mean colour and whether it moves, and each sound by the strength
// of the tones that the parties make.
async function look(tones) {
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const frame = (video) => {
        const canvas = document.createElement('canvas');
        canvas.width = 64;
        canvas.height = 36;
        const context = canvas.getContext('2d', { willReadFrequently: true });
        context.drawImage(video, 0, 0, 64, 36);
        return context.getImageData(0, 0, 64, 36).data;
    };
    const mean = (data) => {
        const sum = [0, 0, 0];
        for (let i = 0; i < data.length; i += 4)
            for (let c = 0; c < 3; c++)
                sum[c] += data[i + c];
        return sum.map((s) => s / (data.length / 4));
    };
    const nameOf = ([r, g, b]) => {
        if (Math.max(r, g, b) < 40)
            return 'black';
        if (g > r + 40 && g > b + 40)
            return 'green';
        if (b > r + 40 && b > g + 40)
            return 'blue';
        return r > g + 40 && r > b + 40 ? 'red' : 'other';
    };
    const pictures = [];
    for (const video of document.querySelectorAll('video')) {
        const box = video.getBoundingClientRect();
        const stream = video.srcObject;
        const live = stream?.getVideoTracks().some((t) => t.readyState === 'live' && !t.muted) ?? false;
        if (!stream || video.videoWidth === 0 || box.width === 0)
            continue;
        const before = frame(video);
        await wait(400);
        const after = frame(video);
        let difference = 0;
        for (let i = 0; i < before.length; i++)
            difference += Math.abs(before[i] - after[i]);
        pictures.push({ colour: nameOf(mean(after)), moves: difference > 2000, live, remote: !window.ownTracks?.has(stream.getVideoTracks()[0]?.id),
            width: video.videoWidth, area: Math.round(box.width * box.height) });
    }
    const strengths = {};
    const voices = [180, 250, 320, 600, 700, 800];
    const note = (level) => {
        for (const [party, hertz] of Object.entries(tones))
            strengths[party] = Math.max(strengths[party] ?? -200, level(hertz));
        strengths.voice = Math.max(strengths.voice ?? -200, ...voices.map(level));
    };
    const context = new AudioContext();
    const running = await Promise.race([context.resume().then(() => true), wait(1500).then(() => false)]);
    const analyse = async (stream) => {
        const node = context.createMediaStreamSource(stream);
        const analyser = context.createAnalyser();
        analyser.fftSize = 8192;
        analyser.smoothingTimeConstant = 0;
        node.connect(analyser);
        const bins = new Float32Array(analyser.frequencyBinCount);
        for (let i = 0; i < 6; i++) {
            await wait(200);
            analyser.getFloatFrequencyData(bins);
            note((hertz) => {
                const at = Math.round((hertz * analyser.fftSize) / context.sampleRate);
                return Math.max(...bins.slice(at - 3, at + 4));
            });
        }
        node.disconnect();
    };
    // Firefox without a sound card never starts an AudioContext: it records instead, and the tones are found by hand
    // (Goertzel's algorithm under a Hann window).
    const record = async (stream) => {
        const recorder = new MediaRecorder(new MediaStream(stream.getAudioTracks()));
        const chunks = [];
        recorder.ondataavailable = (event) => chunks.push(event.data);
        recorder.start();
        await wait(1600);
        const stopped = new Promise((resolve) => { recorder.onstop = resolve; });
        recorder.stop();
        await Promise.race([stopped, wait(1000)]); // a track that never sounded may never stop
        const bytes = await new Blob(chunks).arrayBuffer();
        const sound = await new OfflineAudioContext(1, 48000, 48000).decodeAudioData(bytes).catch(() => null);
        const samples = sound?.getChannelData(0) ?? new Float32Array(0);
        for (let from = 0; from + 8192 <= samples.length; from += 8192)
            note((hertz) => {
                const turn = 2 * Math.cos((2 * Math.PI * hertz) / sound.sampleRate);
                let [one, two] = [0, 0];
                for (let i = 0; i < 8192; i++) {
                    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / 8191);
                    [one, two] = [samples[from + i] * window + turn * one - two, one];
                }
                return 10 * Math.log10((one * one + two * two - turn * one * two) / 2048 ** 2 + 1e-20);
            });
    };
    const listen = (stream) => (running ? analyse(stream) : record(stream));
    const done = [];
    for (const element of document.querySelectorAll('video, audio')) {
        const stream = element.srcObject;
        if (stream && !element.muted && element.volume > 0 && !element.paused && stream.getAudioTracks().length > 0)
            done.push(listen(stream));
    }
    await Promise.all(done);
    await Promise.race([context.close(), wait(500)]);
    return { pictures, strengths };
}

// Silence is below -130 dB; a tone that came through a noise suppressor may be at -60, and the side bands of a loud one
// (-20) are 50 below it.
const HEARD_DB = -85;
const BESIDE_DB = 42;

// → {sees: ['blue'], hears: ['terminal']}: remote pictures that move, and tones that are there.
export async function perceive(page) {
    const tones = Object.fromEntries(Object.entries(parties).map(([party, { hertz }]) => [party, hertz]));
    const { pictures, strengths } = await page.evaluate(look, tones);
    const heard = (name) => (strengths[name] ?? -200) > Math.max(HEARD_DB, Math.max(...Object.values(strengths), -200) - BESIDE_DB);
    return {
        // Firefox's own picture changes its colour, but it is wide, and no camera file is
        sees: [...new Set(pictures.filter((p) => p.remote && p.moves).map((p) => (p.width > 700 ? 'wide' : p.colour)))].sort(),
        hears: Object.keys(tones).filter(heard).sort(),
        voice: heard('voice'),
        pictures,
        strengths,
    };
}
