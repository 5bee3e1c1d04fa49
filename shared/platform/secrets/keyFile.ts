import { randomBytes } from "node:crypto";
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

const KEY_BYTES = 32;
/** Windows has no mode bits to speak of. */
const HAS_MODES = process.platform !== "win32";
/** Milliseconds; a change of the file takes a few. */
const PATIENCE = 10_000;

/** A key of a key file, and when it was made: as the line says, else when the file was last written. */
export interface FileKey {
  readonly bytes: Buffer;
  readonly madeAt: Date;
}

/**
 * The 256-bit keys in a key file, newest first: one of 64 hex digits a line, and when it was made, if known. A missing file
 * is made with one random key and mode 0600; of several processes that start at once, one makes it and all read the same.
 * Throws when others than its owner may read the file, or a line is no key; never with its contents.
 */
export function readOrCreateKeyFile(file: string): readonly [Buffer, ...Buffer[]] {
  const [newest, ...older] = readKeyFile(file) ?? createKeyFile(file);
  return [newest.bytes, ...older.map(({ bytes }) => bytes)];
}

/** The same, with the keys' times, of a file that is there: in the place of one that was lost no other is made. */
export function readKeys(file: string): readonly [FileKey, ...FileKey[]] {
  const keys = readKeyFile(file);
  if (keys === undefined) throw new Error(`The key file ${file} is gone: restore it from a backup.`);
  return keys;
}

/**
 * Writes what `change` makes of the keys; nothing where it gives back the very same. No other process changes the file
 * meanwhile, who reads it sees the old or the new, and a crash leaves one of the two.
 */
export function changeKeyFile(
  file: string,
  change: (keys: readonly [FileKey, ...FileKey[]]) => readonly [FileKey, ...FileKey[]],
): void {
  exclusively(file, () => {
    const keys = readKeys(file);
    const changed = change(keys);
    if (changed === keys) return;
    const draft = writeDraft(file, changed);
    renameSync(draft, file);
  });
}

/** The lock is a database's, since the system lets go of that one also where a process dies with it. */
function exclusively(file: string, work: () => void): void {
  mkdirSync(dirname(file), { recursive: true });
  using lock = new DatabaseSync(`${file}.lock`, { timeout: PATIENCE });
  lock.exec("BEGIN EXCLUSIVE");
  work();
}

function readKeyFile(file: string): readonly [FileKey, ...FileKey[]] | undefined {
  const found = readPrivately(file);
  if (found === undefined) return undefined;
  const [newest, ...older] = found.text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => parseLine(file, line, found.writtenAt));
  if (newest === undefined) throw new Error(`The key file ${file} is empty: restore it from a backup.`);
  return [newest, ...older];
}

/** Mode and contents from one descriptor, so that the file that was checked is the file that is read. */
function readPrivately(file: string): { readonly text: string; readonly writtenAt: Date } | undefined {
  const descriptor = openIfThere(file);
  if (descriptor === undefined) return undefined;
  try {
    const { mode: bits, mtime } = fstatSync(descriptor);
    const mode = bits & 0o777;
    if (HAS_MODES && (mode & 0o077) !== 0)
      throw new Error(
        `The key file ${file} has mode 0${mode.toString(8)}: others than its owner can read or change it. Run: chmod 600 ${file}`,
      );
    return { text: readFileSync(descriptor, "utf8"), writtenAt: mtime };
  } finally {
    closeSync(descriptor);
  }
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function parseLine(file: string, line: string, writtenAt: Date): FileKey {
  const [, hex, time] = /^([0-9a-f]{64})(?:\s+(\S+))?$/i.exec(line) ?? [];
  const madeAt = time === undefined ? writtenAt : new Date(time);
  if (hex === undefined || Number.isNaN(madeAt.getTime()))
    throw new Error(`The key file ${file} holds a line that is not 64 hex digits.`);
  return { bytes: Buffer.from(hex, "hex"), madeAt };
}

/** Linked into place: the link fails where another process was first, and a crash leaves no half file. */
function createKeyFile(file: string): readonly [FileKey, ...FileKey[]] {
  mkdirSync(dirname(file), { recursive: true });
  const draft = writeDraft(file, [{ bytes: randomBytes(KEY_BYTES), madeAt: undefined }]);
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    rmSync(draft);
  }
  return readKeys(file);
}

function writeDraft(file: string, keys: readonly { bytes: Buffer; madeAt: Date | undefined }[]): string {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  const descriptor = openSync(draft, "wx", 0o600);
  try {
    for (const { bytes, madeAt } of keys)
      writeSync(descriptor, `${[bytes.toString("hex"), ...(madeAt ? [madeAt.toISOString()] : [])].join(" ")}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return draft;
}
