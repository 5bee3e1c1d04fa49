import { createHash } from "node:crypto";
import { pipeline, Readable, Transform } from "node:stream";
import type { BlockBlobClient, ContainerClient } from "@azure/storage-blob";
import type { azureCredential } from "../credential.ts";
import { DEADLINES, inTime, timeFor } from "../deadlines.ts";
import { Problem } from "../errors.ts";
import type { TenantId } from "../ids.ts";
import { explained } from "../serviceFault.ts";
import type { Blobs } from "./port.ts";

type BlobsOptions = { /** Default `media`. */ readonly containerName?: string } & (
  | /** One machine: Azurite, whose container is made when missing. */ { readonly connectionString: string }
  /** Azure: the container comes with the installation. */
  | { readonly serviceUri: string; readonly credential: typeof azureCredential }
);

/** Bytes that an upload holds in memory: two blocks of this size, whatever the file's. */
const BLOCK_BYTES = 1024 * 1024;
const BLOCKS_AT_ONCE = 2;
/** Milliseconds. */
const PING_LIMIT = 5000;

/** The SDK is loaded, and the container reached, on first use. What the service does not answer throws `unavailable`. */
export function openBlobs(options: BlobsOptions): Blobs {
  let opening: Promise<ContainerClient> | undefined;

  async function container(): Promise<ContainerClient> {
    opening ??= openContainer(options);
    try {
      return await opening;
    } catch (cause) {
      opening = undefined;
      throw unavailable(cause);
    }
  }
  const blob = async (path: string) => (await container()).getBlockBlobClient(path);

  return {
    write: async (tenantId, name, content, { contentType, maxBytes }) => {
      const path = pathOf(tenantId, name);
      const meter = new Meter(maxBytes);
      // Either stream's end by error ends the other's; the upload below sees it as the meter's error.
      pipeline(content, meter, () => {});
      try {
        await inTime("files", async (signal) => upload(await blob(path), meter, contentType, signal));
      } catch (error) {
        throw content.errored ?? meter.errored ?? unavailable(error);
      } finally {
        meter.destroy();
      }
      return { size: meter.size, sha256: meter.sha256() };
    },
    read: async (tenantId, name, range) => {
      const path = pathOf(tenantId, name);
      // For the bytes too, which come after the answer.
      const signal = AbortSignal.timeout(timeFor("files"));
      return absentAsUndefined(() => inTime("blobs", async () => download(await blob(path), range, signal)));
    },
    remove: async (tenantId, name) => {
      const path = pathOf(tenantId, name);
      const remove = async (abortSignal: AbortSignal) =>
        (await blob(path)).delete({ deleteSnapshots: "include", abortSignal });
      await absentAsUndefined(() => inTime("blobs", remove));
    },
    ping: async () => {
      const client = await container();
      await client.getProperties({ abortSignal: AbortSignal.timeout(PING_LIMIT) }).catch((cause) => {
        throw unavailable(cause);
      });
    },
  };
}

async function openContainer(options: BlobsOptions): Promise<ContainerClient> {
  const { BlobServiceClient } = await import("@azure/storage-blob");
  const { containerName = "media" } = options;
  const retry = { retryOptions: { maxTries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 2000 } };
  if ("serviceUri" in options) {
    const service = new BlobServiceClient(options.serviceUri, await options.credential(), retry);
    return service.getContainerClient(containerName);
  }
  const client = BlobServiceClient.fromConnectionString(options.connectionString, retry).getContainerClient(
    containerName,
  );
  await client.createIfNotExists({ abortSignal: AbortSignal.timeout(DEADLINES.blobs) });
  return client;
}

/**
 * Where a tenant's file lies. Names are the program's own (ids and fixed words): one that could climb out of the tenant's
 * folder is a mistake, and throws `RangeError`.
 */
function pathOf(tenantId: TenantId, name: string): string {
  if (!/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(name) || name.length > 512)
    throw new RangeError("A blob's name has up to 512 letters, digits, dots, hyphens, underscores and inner slashes");
  return `${tenantId}/${name}`;
}

/** Nothing can be seen of an upload that breaks off: its blocks only become a blob by the last request. */
async function upload(
  client: BlockBlobClient,
  content: Meter,
  contentType: string,
  abortSignal: AbortSignal,
): Promise<void> {
  await client.uploadStream(content, BLOCK_BYTES, BLOCKS_AT_ONCE, {
    blobHTTPHeaders: { blobContentType: contentType },
    abortSignal,
  });
}

/** Counts and hashes what passes, and breaks off with `too-large` at the first byte too many. */
class Meter extends Transform {
  size = 0;
  readonly #hash = createHash("sha256");
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    super();
    this.#maxBytes = maxBytes;
  }

  override _transform(
    chunk: Buffer,
    _encoding: BufferEncoding,
    done: (error: Error | null, data?: Buffer) => void,
  ): void {
    this.size += chunk.byteLength;
    if (this.size > this.#maxBytes) {
      done(new Problem("too-large", { detail: `The file has more than ${this.#maxBytes} bytes.` }));
    } else {
      this.#hash.update(chunk);
      done(null, chunk);
    }
  }

  sha256(): string {
    return this.#hash.digest("hex");
  }
}

async function download(
  client: BlockBlobClient,
  range: { readonly start: number; readonly end: number } | undefined,
  abortSignal: AbortSignal,
) {
  if (range !== undefined && !(range.start >= 0 && range.end >= range.start))
    throw new Problem("range-not-satisfiable");
  const { start = 0, end = undefined } = range ?? {};
  const answer = await client.download(start, end === undefined ? undefined : end - start + 1, {
    maxRetryRequests: 2,
    abortSignal,
  });
  const { readableStreamBody, contentLength = 0, contentRange, contentType } = answer;
  if (readableStreamBody === undefined) throw new Error("The blob's answer has no body");
  const size = totalSize(contentRange) ?? contentLength;
  // Azurite answers a range that begins right behind the end with nothing, where Azure refuses it.
  if (range !== undefined && range.start >= size) throw new Problem("range-not-satisfiable");
  return {
    // The SDK's type is the browser-neutral interface; in Node it is its RetriableReadableStream, a Readable.
    content: endedBy(abortSignal, asReadable(readableStreamBody)),
    size,
    contentType: contentType ?? "application/octet-stream",
  };
}

/** A stream whose bytes fail to come ends with `unavailable`, as a call that is not answered does. */
function endedBy(signal: AbortSignal, content: Readable): Readable {
  // Whoever reads it hears of an error; where nobody does any more, it must not end the process.
  content.on("error", () => undefined);
  const end = () => content.destroy(unavailable(signal.reason));
  signal.addEventListener("abort", end, { once: true });
  content.once("close", () => signal.removeEventListener("abort", end));
  return content;
}

function asReadable(stream: NodeJS.ReadableStream): Readable {
  return stream instanceof Readable ? stream : new Readable().wrap(stream);
}

/** From `bytes 0-99/1234`, which answers to ranges carry. */
function totalSize(contentRange: string | undefined): number | undefined {
  const [, total] = /\/(\d+)$/.exec(contentRange ?? "") ?? [];
  return total === undefined ? undefined : Number(total);
}

async function absentAsUndefined<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const status = statusOf(error);
    if (status === 404) return undefined;
    if (status === 416) throw new Problem("range-not-satisfiable", { cause: error });
    throw error instanceof Problem ? error : unavailable(error);
  }
}

function statusOf(error: unknown): unknown {
  return error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
}

function unavailable(cause: unknown): Problem {
  return new Problem("unavailable", { cause: explained("Blob Storage", cause) });
}
