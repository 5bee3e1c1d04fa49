import { Readable } from "node:stream";
import type { Blobs } from "../platform/blobs/port.ts";
import { actorIdOf, type Caller } from "../platform/caller.ts";
import type { Clock } from "../platform/clock.ts";
import { CommitRejected, create, type Documents, replace } from "../platform/documents/port.ts";
import { Problem } from "../platform/errors.ts";
import { newEvent } from "../platform/events/newEvent.ts";
import { derivedId, newId } from "../platform/ids.ts";
import type { Outbox } from "../platform/outbox/outbox.ts";
import { type MediaDocument, MediaDocuments } from "./model.ts";
import { type ByteRange, baseType, cleanFileName, MAX_FILE_BYTES } from "./rules.ts";

export interface MediaDependencies {
  readonly documents: Documents;
  readonly blobs: Blobs;
  readonly outbox: Outbox;
  readonly clock: Clock;
}

export interface NewFile {
  readonly id: string;
  readonly content: Readable;
  readonly mimeType: string;
  readonly maxBytes: number;
  readonly fileName?: string | undefined;
  readonly messageRef: MediaDocument["messageRef"];
}

/** Files: bytes in blobs, what is known of them in documents. Nothing of a blob is ever public. */
export class Media {
  readonly #dependencies: MediaDependencies;

  constructor(dependencies: MediaDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Streams a file into its blob and then records it: once there is a document, the bytes are there. Storing it again
   * replaces both. Throws `too-large` beyond `maxBytes`, `not-found` when it was deleted before, or meanwhile.
   */
  async store(caller: Caller, file: NewFile): Promise<MediaDocument> {
    const { blobs, documents, clock } = this.#dependencies;
    const { id, content, mimeType, maxBytes, messageRef } = file;
    const store = documents.forTenant(caller.tenantId);
    const before = await store.read(MediaDocuments, [id], id);
    if (before?.value.status === "deleted") {
      content.destroy();
      throw new Problem("not-found");
    }
    const type = baseType(mimeType);
    const { size, sha256 } = await blobs.write(caller.tenantId, blobName(id), content, { contentType: type, maxBytes });
    const fileName = cleanFileName(file.fileName);
    const document: MediaDocument = {
      id,
      status: "stored",
      mimeType: type,
      size,
      sha256,
      ...(fileName === undefined ? {} : { fileName }),
      messageRef,
      createdAt: clock.now().toISOString(),
    };
    const write =
      before === undefined ? create(MediaDocuments, id, document) : replace(MediaDocuments, id, document, before.etag);
    try {
      await store.commit("conversations", [id], [write]);
      return document;
    } catch (error) {
      if (!(error instanceof CommitRejected)) throw error;
      return await this.#overtaken(caller, id);
    }
  }

  /** Another run was quicker: it stored the same file, or somebody has deleted it, bytes and all, but for those written since. */
  async #overtaken(caller: Caller, id: string): Promise<MediaDocument> {
    const known = await this.find(caller, id);
    if (known?.status === "stored") return known;
    await this.#dependencies.blobs.remove(caller.tenantId, blobName(id));
    throw new Problem("not-found");
  }

  /**
   * Keeps an agent's upload, at most 100 MB. With the same idempotency key the file kept first is answered again. Throws
   * `invalid-request` for an empty file, `too-large`, and `not-found` where the file kept first has been deleted.
   */
  async upload(
    caller: Caller,
    file: { readonly bytes: Uint8Array; readonly mimeType: string; readonly fileName?: string | undefined },
    idempotencyKey?: string,
  ): Promise<MediaDocument> {
    if (file.bytes.byteLength === 0) throw new Problem("invalid-request", { detail: "The file is empty." });
    const id =
      idempotencyKey === undefined
        ? newId("med", this.#dependencies.clock.now())
        : derivedId("med", caller.tenantId, actorIdOf(caller.actor), idempotencyKey);
    const before = idempotencyKey === undefined ? undefined : await this.find(caller, id);
    if (before?.status === "stored") return before;
    return this.store(caller, {
      id,
      content: Readable.from([file.bytes]),
      mimeType: file.mimeType,
      maxBytes: MAX_FILE_BYTES,
      fileName: file.fileName,
      messageRef: null,
    });
  }

  /** What is known of a file, also of a deleted one; undefined when there never was one. */
  async find(caller: Caller, id: string): Promise<MediaDocument | undefined> {
    const store = this.#dependencies.documents.forTenant(caller.tenantId);
    return (await store.read(MediaDocuments, [id], id))?.value;
  }

  /** What is known of a stored file. Throws `not-found`. */
  async get(caller: Caller, id: string): Promise<MediaDocument> {
    const found = await this.find(caller, id);
    if (found?.status !== "stored") throw new Problem("not-found");
    return found;
  }

  /** The bytes of a stored file, or of a range of it. Throws `not-found`. */
  async open(caller: Caller, id: string, range?: ByteRange): Promise<Readable> {
    const blob = await this.#dependencies.blobs.read(caller.tenantId, blobName(id), range);
    if (blob === undefined) throw new Problem("not-found");
    return blob.content;
  }

  /** A whole file in memory, to send it on. Throws `not-found`. */
  async readAll(
    caller: Caller,
    id: string,
  ): Promise<{ readonly bytes: Uint8Array; readonly mimeType: string; readonly fileName?: string }> {
    const { mimeType, fileName } = await this.get(caller, id);
    const bytes = await bytesOf(await this.open(caller, id));
    return { bytes, mimeType, ...(fileName === undefined ? {} : { fileName }) };
  }

  /**
   * Deletes a file for good (event `media.deleted`): the bytes first, so that a retry after a crash finds the document and
   * finishes. Throws `not-found`.
   */
  async remove(caller: Caller, id: string): Promise<void> {
    const { documents, blobs, outbox, clock } = this.#dependencies;
    const store = documents.forTenant(caller.tenantId);
    const stored = await store.read(MediaDocuments, [id], id);
    if (stored?.value.status !== "stored") throw new Problem("not-found");
    await blobs.remove(caller.tenantId, blobName(id));
    const { fileName: _, ...value } = stored.value;
    const { messageRef } = value;
    const data = { mediaId: id, ...(messageRef === null ? {} : { ...messageRef }) };
    await outbox.commit(
      store,
      "conversations",
      [id],
      [replace(MediaDocuments, id, { ...value, status: "deleted" }, stored.etag)],
      { events: [newEvent(caller, clock, "media.deleted", id, data)] },
    );
  }
}

function blobName(id: string): string {
  return `media/${id}`;
}

/** All bytes of a stream. */
export async function bytesOf(content: Readable): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}
