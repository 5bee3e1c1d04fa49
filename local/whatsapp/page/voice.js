import { oggOf } from "./ogg.js";

const RATE = 48_000;

/** Mono samples at 48 kHz as an Ogg/Opus file. Throws where the browser has no Opus encoder. */
async function encode(samples) {
  if (globalThis.AudioEncoder === undefined) throw new Error("This browser cannot write voice messages");
  const packets = [];
  let failure;
  const encoder = new AudioEncoder({
    output: (chunk) => {
      const bytes = new Uint8Array(chunk.byteLength);
      chunk.copyTo(bytes);
      packets.push({ bytes, samples: Math.round(((chunk.duration ?? 20_000) * RATE) / 1_000_000) });
    },
    error: (error) => {
      failure = error;
    },
  });
  encoder.configure({ codec: "opus", sampleRate: RATE, numberOfChannels: 1, bitrate: 24_000 });
  const block = RATE / 10;
  for (let start = 0; start < samples.length; start += block) {
    const data = samples.slice(start, start + block);
    const timestamp = Math.round((start * 1_000_000) / RATE);
    const audio = new AudioData({
      format: "f32",
      sampleRate: RATE,
      numberOfFrames: data.length,
      numberOfChannels: 1,
      timestamp,
      data,
    });
    encoder.encode(audio);
    audio.close();
  }
  await encoder.flush();
  encoder.close();
  if (failure !== undefined) throw failure;
  return oggOf(packets);
}

/** A few hummed notes of three seconds, for those without a microphone. */
export function sampleVoice() {
  const samples = new Float32Array(RATE * 3);
  const notes = [262, 330, 392, 523, 392, 330].map((pitch) => pitch * (0.94 + Math.random() * 0.12));
  const length = samples.length / notes.length;
  notes.forEach((pitch, note) => {
    const loud = 0.08 + Math.random() * 0.2;
    for (let i = 0; i < length; i++) {
      const envelope = Math.min(1, i / 2000) * (1 - i / length);
      const angle = (2 * Math.PI * pitch * i) / RATE;
      samples[Math.floor(note * length) + i] =
        loud * envelope * (Math.sin(angle) + 0.35 * Math.sin(2 * angle) + 0.15 * Math.sin(3 * angle));
    }
  });
  return encode(samples);
}

/** Starts the microphone; `stop()` resolves to the recorded voice message, `cancel()` throws it away. */
export async function record() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
  const recorder = new MediaRecorder(stream);
  const chunks = [];
  recorder.addEventListener("dataavailable", ({ data }) => chunks.push(data));
  recorder.start();
  const finish = () =>
    new Promise((resolve) => {
      recorder.addEventListener("stop", () => {
        for (const track of stream.getTracks()) track.stop();
        resolve(new Blob(chunks, { type: recorder.mimeType }));
      });
      recorder.stop();
    });
  return {
    cancel: finish,
    stop: async () => encode(await samplesOf(await finish())),
  };
}

async function samplesOf(blob) {
  const context = new OfflineAudioContext(1, RATE, RATE);
  const audio = await context.decodeAudioData(await blob.arrayBuffer());
  return audio.getChannelData(0);
}

/** How loud an audio file is over its length, as `count` numbers from 0 to 1, and its length in seconds. */
export async function loudness(url, count) {
  const context = new OfflineAudioContext(1, RATE, RATE);
  const audio = await context.decodeAudioData(await (await fetch(url)).arrayBuffer());
  const samples = audio.getChannelData(0);
  const size = Math.max(1, Math.floor(samples.length / count));
  const peaks = Array.from({ length: count }, (_, bar) => {
    let peak = 0;
    for (let i = bar * size; i < (bar + 1) * size; i += 16) peak = Math.max(peak, Math.abs(samples[i] ?? 0));
    return peak;
  });
  const highest = Math.max(...peaks, 0.01);
  return { bars: peaks.map((peak) => peak / highest), seconds: audio.duration };
}
