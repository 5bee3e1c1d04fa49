import { randomBytes } from "node:crypto";
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

const KEY_BYTES = 32;
/** Windows has no mode bits to speak of. */
const HAS_MODES = process.platform !== "win32";

/**
 * The 256-bit keys in a key file, newest first: one of 64 hex digits a line, so that a key is rotated by putting a new line
 * above. A missing file is made with one random key and mode 0600; of several processes that start at once, one makes it and
 * all read the same. Throws when others than its owner may read the file, or a line is no key; never with its contents.
 */
export function readOrCreateKeyFile(file: string): readonly [Buffer, ...Buffer[]] {
  return readKeyFile(file) ?? createKeyFile(file);
}

function readKeyFile(file: string): readonly [Buffer, ...Buffer[]] | undefined {
  const text = readPrivately(file);
  if (text === undefined) return undefined;
  const [newest, ...older] = text
    .split(/\s+/)
    .filter((line) => line !== "")
    .map((line) => parseKey(file, line));
  if (newest === undefined) throw new Error(`The key file ${file} is empty: restore it from a backup.`);
  return [newest, ...older];
}

/** Mode and contents from one descriptor, so that the file that was checked is the file that is read. */
function readPrivately(file: string): string | undefined {
  const descriptor = openIfThere(file);
  if (descriptor === undefined) return undefined;
  try {
    const mode = fstatSync(descriptor).mode & 0o777;
    if (HAS_MODES && (mode & 0o077) !== 0)
      throw new Error(
        `The key file ${file} has mode 0${mode.toString(8)}: others than its owner can read or change it. Run: chmod 600 ${file}`,
      );
    return readFileSync(descriptor, "utf8");
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

function parseKey(file: string, line: string): Buffer {
  if (!/^[0-9a-f]{64}$/i.test(line)) throw new Error(`The key file ${file} holds a line that is not 64 hex digits.`);
  return Buffer.from(line, "hex");
}

/** Written apart and linked into place: the link fails where another process was first, and a crash leaves no half file. */
function createKeyFile(file: string): readonly [Buffer, ...Buffer[]] {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  const descriptor = openSync(draft, "wx", 0o600);
  try {
    writeSync(descriptor, `${randomBytes(KEY_BYTES).toString("hex")}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    rmSync(draft);
  }
  const keys = readKeyFile(file);
  if (keys === undefined) throw new Error(`The key file ${file} vanished while it was made.`);
  return keys;
}
