import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { basename, dirname } from "node:path";

/** What is used of LokiJS, in which Azurite keeps its index: documents with a number, in order of that number. */
export interface Loki {
  readonly filename: string;
  readonly collections: readonly LokiCollection[];
  autosaveDisable(): void;
  saveDatabase(done: (error?: unknown) => void): void;
}

interface LokiCollection {
  readonly name: string;
  data: LokiDocument[];
  maxId: number;
  idIndex: unknown;
  on(event: string, listener: (document: LokiDocument) => void): void;
  ensureId(): void;
  ensureAllIndexes(force: boolean): void;
}

interface LokiDocument {
  readonly $loki: number;
}

/** A line of the journal: the document as it is now, or none when it was removed. */
interface Entry {
  readonly collection: string;
  readonly id: number;
  readonly document?: LokiDocument;
}

/** Milliseconds between two saves of the whole index while it changes. */
const SAVE_INTERVAL = 60_000;

/**
 * Azurite writes its index as a whole, every 5 seconds, so a kill loses files that were acknowledged; writing it as a whole
 * before each answer would get slower with every file. So each change is appended to a journal before it is answered, and
 * the whole index is saved only now and then, whereupon the journal begins anew. A start applies what the journal has.
 * It survives the end of the process; against a power cut it is not flushed, no more than Azurite's own files are.
 */
export class Journal {
  readonly #db: Loki;
  readonly #changed = new Map<string, Entry>();
  #number: number;
  #file: number;
  #timer: NodeJS.Timeout | undefined;

  /** To be called when `db` is loaded and before anybody uses it. Throws when the journal cannot be read or begun. */
  constructor(db: Loki) {
    this.#db = db;
    db.autosaveDisable();
    const numbers = this.#numbers();
    for (const number of numbers) replay(db, this.#path(number));
    this.#number = (numbers.at(-1) ?? 0) + 1;
    this.#file = openSync(this.#path(this.#number), "a", 0o600);
    for (const collection of db.collections) this.#watch(collection);
    if (numbers.length > 0) this.#save();
  }

  /** Writes what changed since the last call; when it returns, a kill no longer loses it. */
  flush(): void {
    if (this.#changed.size === 0) return;
    const lines = [...this.#changed.values()].map((entry) => `${JSON.stringify(entry)}\n`).join("");
    this.#changed.clear();
    writeSync(this.#file, lines);
    this.#timer ??= setTimeout(() => this.#save(), SAVE_INTERVAL).unref();
  }

  #watch(collection: LokiCollection): void {
    const { name } = collection;
    const put = (document: LokiDocument) =>
      this.#changed.set(`${name} ${document.$loki}`, { collection: name, id: document.$loki, document });
    collection.on("insert", put);
    collection.on("update", put);
    collection.on("delete", ({ $loki }) => this.#changed.set(`${name} ${$loki}`, { collection: name, id: $loki }));
    // LokiJS tells of documents that it removes in bulk only to more than one listener.
    collection.on("delete", () => {});
  }

  /** LokiJS takes its picture of the index at once, so all that comes later goes to the new journal. */
  #save(): void {
    this.#timer = undefined;
    this.flush();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    closeSync(this.#file);
    this.#number++;
    this.#file = openSync(this.#path(this.#number), "a", 0o600);
    const current = this.#number;
    this.#db.saveDatabase((error) => {
      // Not saved: the journals stay, and the next save takes them in.
      if (error) return;
      for (const number of this.#numbers()) if (number < current) rmSync(this.#path(number));
    });
  }

  #path(number: number): string {
    return `${this.#db.filename}.journal.${number}`;
  }

  #numbers(): number[] {
    const folder = dirname(this.#db.filename);
    const prefix = `${basename(this.#db.filename)}.journal.`;
    if (!existsSync(folder)) return [];
    const found = readdirSync(folder).filter((name) => name.startsWith(prefix));
    return found.map((name) => Number(name.slice(prefix.length))).sort((a, b) => a - b);
  }
}

function replay(db: Loki, path: string): void {
  const entries = readEntries(path);
  for (const collection of db.collections) {
    const own = entries.filter((entry) => entry.collection === collection.name);
    if (own.length > 0) apply(collection, own);
  }
}

function readEntries(path: string): Entry[] {
  const lines = readFileSync(path, "utf8").split("\n");
  // The last line may have been cut off by the kill; it was not answered.
  lines.pop();
  return lines.map((line) => JSON.parse(line));
}

/** May be repeated, and may meet an index that has some of it already: the last entry of a document is its state. */
function apply(collection: LokiCollection, entries: readonly Entry[]): void {
  const documents = new Map(collection.data.map((document) => [document.$loki, document]));
  for (const { id, document } of entries) {
    if (document === undefined) documents.delete(id);
    else documents.set(id, document);
    collection.maxId = Math.max(collection.maxId, id);
  }
  collection.data = [...documents.values()].sort((a, b) => a.$loki - b.$loki);
  collection.idIndex = null;
  collection.ensureId();
  collection.ensureAllIndexes(true);
}
