import { queryOptions } from "@tanstack/react-query";
import { queryClient } from "../app/queryClient.ts";
import { mediaQuery } from "./media.ts";

export interface Waveform {
  /** Loudness from 0 to 1, loudest is 1. */
  readonly peaks: readonly number[];
  readonly seconds: number;
}

const BARS = 40;
/** Decoding takes ten times the size in memory: what is longer plays without a picture. */
const MAX_BYTES = 8 * 1024 * 1024;

/** The shape of a recording; null where the browser cannot decode it. */
export function waveformQuery(id: string) {
  return queryOptions({
    queryKey: ["waveform", id],
    queryFn: async (): Promise<Waveform | null> => {
      const { blob } = await queryClient.fetchQuery(mediaQuery(id));
      if (blob.size > MAX_BYTES) return null;
      return decode(await blob.arrayBuffer()).catch(() => null);
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

async function decode(bytes: ArrayBuffer): Promise<Waveform> {
  const context = new OfflineAudioContext(1, 1, 16_000);
  const audio = await context.decodeAudioData(bytes);
  return { peaks: peaksOf(audio.getChannelData(0), BARS), seconds: audio.duration };
}

/** Root mean square by slice, relative to the loudest slice. */
export function peaksOf(samples: Float32Array, bars: number): readonly number[] {
  const slice = Math.max(1, Math.floor(samples.length / bars));
  const loudness = Array.from({ length: bars }, (_, bar) => {
    let sum = 0;
    for (let i = bar * slice; i < (bar + 1) * slice; i++) sum += (samples[i] ?? 0) ** 2;
    return Math.sqrt(sum / slice);
  });
  const loudest = Math.max(...loudness);
  return loudness.map((value) => (loudest === 0 ? 0 : value / loudest));
}
