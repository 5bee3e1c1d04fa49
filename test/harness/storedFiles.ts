import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { OUTBOX_CONTAINERS } from "../../shared/platform/outbox/outbox.ts";
import type { Undone } from "./undone.ts";

const Count = z.object({ count: z.int() });
const Waiting = z.object({ queue: z.string(), due_at: z.int() });
const describe = ({ queue, due_at }: z.infer<typeof Waiting>) =>
  due_at === 0 ? queue : `${queue} in ${Math.round((due_at - Date.now()) / 1000)} s`;
const Parked = z.object({ queue: z.string(), reason: z.string() });

/** What an installation of the one-machine edition still has to do, read from its files beside or after it. */
export function undoneIn(dataFolder: string): Undone {
  const outbox = reading(join(dataFolder, "documents.db"), (db) =>
    OUTBOX_CONTAINERS.map((container) => count(db, `${container} WHERE kind = 'outbox'`)),
  );
  return reading(join(dataFolder, "queue.db"), (db) => ({
    outbox: outbox.reduce((sum, each) => sum + each, 0),
    queued: [
      ...db.prepare("SELECT queue, 0 AS due_at FROM messages JOIN lanes ON lanes.id = messages.lane").all(),
      ...db.prepare("SELECT queue, due_at FROM scheduled").all(),
    ].map((row) => describe(Waiting.parse(row))),
    parked: db
      .prepare("SELECT queue, reason FROM dead ORDER BY seq")
      .all()
      .map((row) => Parked.parse(row))
      .map(({ queue, reason }) => `${queue}: ${reason}`),
  }));
}

function count(db: DatabaseSync, from: string): number {
  return Count.parse(db.prepare(`SELECT COUNT(*) AS count FROM ${from}`).get()).count;
}

function reading<T>(file: string, read: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return read(db);
  } finally {
    db.close();
  }
}

/**
 * Makes a stopped installation's files what they would be had it stood still for so long: what a crash left counts as left,
 * tries without a result count as old, and timers find that they missed a run.
 */
export function letTimePass(dataFolder: string, minutes: number): void {
  const milliseconds = minutes * 60_000;
  const documents = new DatabaseSync(join(dataFolder, "documents.db"));
  for (const container of OUTBOX_CONTAINERS) {
    documents.prepare(`UPDATE ${container} SET updated_at = updated_at - ? WHERE kind = 'outbox'`).run(milliseconds);
  }
  documents
    .prepare(
      `UPDATE conversations SET data = json_set(data, '$.sendingSince',
         strftime('%Y-%m-%dT%H:%M:%fZ', json_extract(data, '$.sendingSince'), ?))
       WHERE kind = 'message' AND json_extract(data, '$.sendingSince') IS NOT NULL`,
    )
    .run(`-${minutes} minutes`);
  documents.close();
  const queue = new DatabaseSync(join(dataFolder, "queue.db"));
  queue.prepare("UPDATE scheduled SET due_at = due_at - ?").run(milliseconds);
  queue.close();
  ageTimers(join(dataFolder, "timers.json"), milliseconds);
}

const Timers = z.record(z.string(), z.record(z.string(), z.iso.datetime()));

function ageTimers(file: string, milliseconds: number): void {
  if (!existsSync(file)) return;
  const timers = Timers.parse(JSON.parse(readFileSync(file, "utf8")));
  const aged = Object.entries(timers).map(([name, times]) => [
    name,
    Object.fromEntries(
      Object.entries(times).map(([field, at]) => [field, new Date(Date.parse(at) - milliseconds).toISOString()]),
    ),
  ]);
  writeFileSync(file, JSON.stringify(Object.fromEntries(aged)));
}
