import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";

const TimerStatus = z.object({
  /** When it last ran; absent before the first. */
  last: z.iso.datetime().optional(),
  /** By which a change of its schedule is known. */
  next: z.iso.datetime().optional(),
  lastUpdated: z.iso.datetime(),
});
type TimerStatus = z.infer<typeof TimerStatus>;

const Stored = z.record(z.string(), TimerStatus);

/** When each timer last ran, so that a missed run is made up for after the host was down. */
export interface TimerStore {
  read(name: string): TimerStatus | undefined;
  write(name: string, status: TimerStatus): void;
}

function load(file: string): Record<string, TimerStatus> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return {};
  }
  try {
    return Stored.parse(JSON.parse(text));
  } catch {
    // A broken file costs at most one catch-up run per timer, and must not keep the host from starting.
    return {};
  }
}

/** Keeps the times in one JSON file, replaced atomically. */
export function openTimerStore(file: string): TimerStore {
  const statuses = new Map(Object.entries(load(file)));
  return {
    read: (name) => statuses.get(name),
    write(name, status) {
      statuses.set(name, status);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(statuses), undefined, 2));
      renameSync(`${file}.new`, file);
    },
  };
}
