import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { Blobs } from "../../platform/blobs/port.ts";
import { Problem } from "../../platform/errors.ts";

type Kept = ReadonlyMap<string, { readonly bytes: Buffer; readonly contentType: string }>;

interface MemoryBlobs extends Blobs {
  readonly names: () => string[];
  /** Others with the same files. */
  readonly copy: () => MemoryBlobs;
}

/** Blobs in memory, for tests of what stands on them. */
export function memoryBlobs(files: Kept = new Map()): MemoryBlobs {
  const kept = new Map(files);
  const key = (tenantId: string, name: string) => `${tenantId}/${name}`;
  return {
    names: () => [...kept.keys()],
    copy: () => memoryBlobs(kept),
    async write(tenantId, name, content, { contentType, maxBytes }) {
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of content) {
        size += chunk.byteLength;
        if (size > maxBytes) throw new Problem("too-large");
        chunks.push(chunk);
      }
      const bytes = Buffer.concat(chunks);
      kept.set(key(tenantId, name), { bytes, contentType });
      return { size, sha256: createHash("sha256").update(bytes).digest("hex") };
    },
    async read(tenantId, name, range) {
      const found = kept.get(key(tenantId, name));
      if (found === undefined) return undefined;
      const bytes = range === undefined ? found.bytes : found.bytes.subarray(range.start, range.end + 1);
      return { content: Readable.from([bytes]), size: found.bytes.byteLength, contentType: found.contentType };
    },
    async remove(tenantId, name) {
      kept.delete(key(tenantId, name));
    },
    ping: async () => undefined,
  };
}
