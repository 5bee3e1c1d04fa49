import { describe, expect, it } from "vitest";
import { peaksOf } from "./waveform.ts";

describe("peaksOf", () => {
  it("follows loudness and not sign, relative to the loudest", () => {
    const samples = new Float32Array(400).map((_, i) => (i < 100 ? 0 : i < 200 ? -0.25 : i < 300 ? 0.5 : 0));
    expect(peaksOf(samples, 4)).toEqual([0, 0.5, 1, 0]);
  });

  it("draws silence and nothing flat", () => {
    expect(peaksOf(new Float32Array(100), 4)).toEqual([0, 0, 0, 0]);
    expect(peaksOf(new Float32Array(0), 4)).toEqual([0, 0, 0, 0]);
  });
});
