// A camera and a microphone in step by construction: the picture is a clock, and every two seconds there is a beep. (Flashes
// would do on a machine that is idle; on one that is busy the frame that begins a flash may be dropped.)

// The clock: the milliseconds of the wall clock's last 65 s in binary, black and white fields, the lowest bit first.
export const CLOCK = { columns: 8, rows: 2, period: 65.536 };

// Runs before the page's own script. `window.source` remembers when each beep left for its track: a sound that stalls in a
// busy page is not the recording's fault.
export function clockAndBeep({ every, lasts, hertz, columns, rows }) {
    const devices = navigator.mediaDevices;
    if (!devices)
        return;
    const source = { beeps: [], off: 0 }; // seconds, by the sound's timestamps; what makes wall clock of them
    let stream = null;
    window.source = source;

    // The stamps are of the moment when the samples left; reading them may be late, and the least late one tells the difference.
    const listen = async (track) => {
        const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
        let loud = false;
        let off = Infinity;
        for (;;) {
            const { value, done } = await reader.read();
            if (done)
                return;
            const samples = new Float32Array(value.numberOfFrames);
            value.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
            const stamp = value.timestamp / 1e6;
            off = Math.min(off, Date.now() / 1000 - stamp);
            source.off = off;
            const first = samples.findIndex((sample) => Math.abs(sample) > 0.1);
            if (first >= 0 && !loud)
                source.beeps.push(stamp + first / value.sampleRate);
            loud = first >= 0;
            value.close();
        }
    };
    const make = async () => {
        const context = new AudioContext({ sampleRate: 48000 });
        await context.resume();
        const destination = context.createMediaStreamDestination();
        const tone = context.createOscillator();
        const gate = context.createGain();
        tone.frequency.value = hertz;
        gate.gain.value = 0;
        tone.connect(gate).connect(destination);
        tone.start();
        listen(destination.stream.getAudioTracks()[0].clone());
        const canvas = document.createElement('canvas');
        canvas.width = 320;
        canvas.height = 180;
        const ink = canvas.getContext('2d');
        let scheduled = Math.ceil(context.currentTime + 1);
        setInterval(() => {
            for (; scheduled < context.currentTime + 4; scheduled += every) {
                gate.gain.setValueAtTime(0.5, scheduled);
                gate.gain.setValueAtTime(0, scheduled + lasts);
            }
            const now = Date.now();
            for (let bit = 0; bit < columns * rows; bit++) {
                ink.fillStyle = Math.floor(now / 2 ** bit) % 2 ? 'white' : 'black';
                ink.fillRect((bit % columns) * 40, Math.floor(bit / columns) * 90, 40, 90);
            }
        }, 33);
        return new MediaStream([...canvas.captureStream(30).getTracks(), ...destination.stream.getTracks()]);
    };
    devices.getUserMedia = async ({ audio, video }) => {
        stream ??= make();
        const tracks = (await stream).getTracks().filter((track) => (track.kind === 'audio' ? audio : video));
        return new MediaStream(tracks.map((track) => track.clone()));
    };
}
