import type { Readable } from "node:stream";
import type { TenantId } from "../ids.ts";

/** Files of a tenant, in one private container under `<tenantId>/`. One implementation: the Azure SDK, with Azurite locally. */
export interface Blobs {
  /**
   * Streams into `<tenantId>/<name>`, replacing what stands there. Fails with `Problem("too-large")` as soon as more than
   * `maxBytes` came, leaving nothing. Resolves to the size in bytes and the SHA-256 in hex.
   */
  write(
    tenantId: TenantId,
    name: string,
    content: Readable,
    options: { readonly contentType: string; readonly maxBytes: number },
  ): Promise<{ readonly size: number; readonly sha256: string }>;
  /** Bytes `start` to `end` inclusive, or all; undefined when there is no such blob. */
  read(
    tenantId: TenantId,
    name: string,
    range?: { readonly start: number; readonly end: number },
  ): Promise<{ readonly content: Readable; readonly size: number; readonly contentType: string } | undefined>;
  remove(tenantId: TenantId, name: string): Promise<void>;
  ping(): Promise<void>;
}
