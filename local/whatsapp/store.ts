import { createHash, randomBytes } from "node:crypto";
import { EventEmitter } from "node:events";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Bubble, type Business, type PendingWebhook, type Person, Saved, type StoredFile } from "./model.ts";

/** Bubbles kept of one chat. */
const MAX_BUBBLES = 500;
const SAVE_AFTER_MS = 200;

export interface StoreOptions {
  readonly people: readonly Person[];
  readonly businesses: readonly Business[];
  /** Without one, everything is in memory and gone with the process. */
  readonly dataFolder: string | undefined;
}

/** What happens, for pages that look on. */
interface Events {
  bubble: [Bubble];
  typing: [{ personId: string; phoneNumberId: string }];
}

/** Phones, chats, files and unacknowledged webhooks, in memory and in a small file that survives a restart. */
export class Store {
  readonly people: readonly Person[];
  readonly events = new EventEmitter<Events>();
  readonly #folder: string | undefined;
  readonly #businesses = new Map<string, Business>();
  readonly #bubbles = new Map<string, Bubble>();
  readonly #files = new Map<string, StoredFile>();
  readonly #bytes = new Map<string, Uint8Array>();
  readonly #pending = new Map<string, PendingWebhook>();
  #saving: NodeJS.Timeout | undefined;

  constructor({ people, businesses, dataFolder }: StoreOptions) {
    this.people = people;
    this.#folder = dataFolder;
    this.events.setMaxListeners(0);
    const saved = this.#load();
    for (const business of [...(saved?.businesses ?? []), ...businesses])
      this.#businesses.set(business.phoneNumberId, business);
    for (const bubble of saved?.bubbles ?? []) this.#bubbles.set(bubble.id, bubble);
    for (const file of saved?.files ?? []) this.#files.set(file.id, file);
    for (const webhook of saved?.pending ?? []) this.#pending.set(webhook.id, webhook);
  }

  businesses(): readonly Business[] {
    return [...this.#businesses.values()];
  }

  business(phoneNumberId: string): Business | undefined {
    return this.#businesses.get(phoneNumberId);
  }

  addBusiness(business: Business): void {
    this.#businesses.set(business.phoneNumberId, business);
    this.#saveSoon();
  }

  /** By phone in any notation, or by user id. */
  personAt(address: string): Person | undefined {
    const digits = address.replace(/\D/g, "");
    return this.people.find(({ phone, userId }) => userId === address || (phone !== undefined && phone === digits));
  }

  person(id: string): Person | undefined {
    return this.people.find((person) => person.id === id);
  }

  bubbles(): readonly Bubble[] {
    return [...this.#bubbles.values()];
  }

  chat(personId: string, phoneNumberId: string): readonly Bubble[] {
    return this.bubbles().filter((bubble) => bubble.personId === personId && bubble.phoneNumberId === phoneNumberId);
  }

  bubble(id: string): Bubble | undefined {
    return this.#bubbles.get(id);
  }

  put(bubble: Bubble): void {
    const known = this.#bubbles.has(bubble.id);
    this.#bubbles.set(bubble.id, bubble);
    const oldest = known ? undefined : this.chat(bubble.personId, bubble.phoneNumberId).at(-MAX_BUBBLES - 1);
    if (oldest !== undefined) this.#bubbles.delete(oldest.id);
    this.events.emit("bubble", bubble);
    this.#saveSoon();
  }

  change(id: string, change: Partial<Bubble>): void {
    const bubble = this.#bubbles.get(id);
    if (bubble !== undefined) this.put({ ...bubble, ...change });
  }

  pending(): readonly PendingWebhook[] {
    return [...this.#pending.values()];
  }

  setPending(webhook: PendingWebhook): void {
    this.#pending.set(webhook.id, webhook);
    this.#saveSoon();
  }

  removePending(id: string): void {
    if (this.#pending.delete(id)) this.#saveSoon();
  }

  keepFile(bytes: Uint8Array, mimeType: string, fileName?: string): StoredFile {
    const sha256 = createHash("sha256").update(bytes).digest("base64");
    const id = String(randomBytes(6).readUIntBE(0, 6) + 1_000_000_000_000_000);
    const file = { id, mimeType, size: bytes.byteLength, sha256, ...(fileName === undefined ? {} : { fileName }) };
    if (this.#folder === undefined) this.#bytes.set(id, bytes);
    else writeFileSync(join(this.#mediaFolder(this.#folder), id), bytes);
    this.#files.set(id, file);
    this.#saveSoon();
    return file;
  }

  file(id: string): StoredFile | undefined {
    return this.#files.get(id);
  }

  /** The file's bytes; undefined when it is unknown or gone. */
  bytesOf(id: string): Uint8Array | undefined {
    if (!this.#files.has(id)) return undefined;
    if (this.#folder === undefined) return this.#bytes.get(id);
    try {
      return readFileSync(join(this.#mediaFolder(this.#folder), id));
    } catch {
      return undefined;
    }
  }

  /** Writes what has not been written yet. */
  close(): void {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    this.#save();
    this.events.removeAllListeners();
  }

  #mediaFolder(folder: string): string {
    const media = join(folder, "media");
    mkdirSync(media, { recursive: true });
    return media;
  }

  #load(): Saved | undefined {
    if (this.#folder === undefined) return undefined;
    try {
      const text = readFileSync(join(this.#folder, "phones.json"), "utf8");
      return Saved.parse(JSON.parse(text));
    } catch {
      // None yet, or one of an older version: no reason not to start, for these are toys.
      return undefined;
    }
  }

  #saveSoon(): void {
    this.#saving ??= setTimeout(() => {
      this.#saving = undefined;
      this.#save();
    }, SAVE_AFTER_MS).unref();
  }

  /** By way of a second file, so that a kill leaves either the old or the new one. */
  #save(): void {
    if (this.#folder === undefined) return;
    const saved: Saved = {
      bubbles: [...this.#bubbles.values()],
      files: [...this.#files.values()],
      pending: [...this.#pending.values()],
      businesses: [...this.#businesses.values()],
    };
    mkdirSync(this.#folder, { recursive: true });
    const file = join(this.#folder, "phones.json");
    writeFileSync(`${file}.new`, JSON.stringify(saved));
    renameSync(`${file}.new`, file);
  }
}
