import { z } from "zod";
import { CONTAINERS, type ContainerName } from "../containers.ts";
import { ownId, storedId } from "../limits.ts";
import type { Change, Partition } from "../port.ts";
import { secondKey } from "./sql.ts";

/** A document as Cosmos keeps it, with the properties it adds. */
const Envelope = z.looseObject({
  id: z.string(),
  kind: z.string(),
  data: z.unknown(),
  tenantId: z.string().optional(),
  /** The commit that wrote this version: how a retry recognises its own write. */
  commit: z.string().optional(),
  ttl: z.number().optional(),
  _etag: z.string(),
  _ts: z.number(),
});
export type Envelope = z.infer<typeof Envelope>;

export function parseEnvelope(resource: unknown): Envelope {
  return Envelope.parse(resource);
}

/** Etags lose the quotes that HTTP puts around them, so that both engines give plain words. */
export function plainEtag(etag: string): string {
  return etag.replace(/^"|"$/g, "");
}
export function quotedEtag(etag: string): string {
  return `"${etag}"`;
}

/** The partition key as the SDK wants it: a value, or a list of them for a hierarchical key. */
export function partitionKeyOf(
  container: ContainerName,
  tenantId: string,
  partition: Partition,
  kind: string,
): string | string[] {
  if (container === "tenants") return storedId(kind, partition[0] ?? "");
  return CONTAINERS[container].partitionKey.length === 1 ? tenantId : [tenantId, ...partition];
}

/** The properties that put a document into its partition. In the directory that is its id. */
export function placeOf(
  container: ContainerName,
  tenantId: string,
  partition: Partition,
): Readonly<Record<string, string>> {
  if (container === "tenants") return {};
  const second = secondKey(container);
  return { tenantId, ...(second === undefined ? {} : { [second]: partition[0] ?? "" }) };
}

export function changeOf(container: ContainerName, envelope: Envelope): Change {
  const id = ownId(envelope.kind, envelope.id);
  const second = secondKey(container);
  const below = second === undefined ? [] : [z.string().parse(envelope[second])];
  return {
    tenantId: envelope.tenantId ?? "",
    partition: container === "tenants" ? [id] : below,
    kind: envelope.kind,
    id,
    data: envelope.data,
    etag: plainEtag(envelope._etag),
  };
}
