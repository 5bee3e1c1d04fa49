import { z } from "zod";
import type { Answer, Received } from "./http.ts";
import { Body, isAlive, json, partitionOf, type Upstream } from "./shim.ts";

const BatchOperation = z.object({
  operationType: z.enum(["Create", "Upsert", "Replace", "Delete"]),
  id: z.string().optional(),
  ifMatch: z.string().optional(),
  resourceBody: Body.optional(),
});
type BatchOperation = z.infer<typeof BatchOperation>;

function idOf({ id, resourceBody }: BatchOperation): string {
  return id ?? String(resourceBody?.id);
}

/** The status with which Cosmos would refuse an operation, or undefined. */
async function refusal(upstream: Upstream, collection: string, partition: string, operation: BatchOperation) {
  const found = await upstream.read(collection, partition, idOf(operation));
  const current = found !== undefined && isAlive(found) ? found : undefined;
  const { operationType, ifMatch } = operation;
  if (operationType === "Create") return current === undefined ? undefined : 409;
  if (operationType === "Upsert") return undefined;
  if (current === undefined) return 404;
  return ifMatch !== undefined && ifMatch !== `"${current._etag}"` ? 412 : undefined;
}

/** A transactional batch: looks first whether all can be done, then does all. The caller lets one in at a time. */
export async function answerBatch(
  upstream: Upstream,
  collection: string,
  request: Received,
  nextLsn: () => number,
): Promise<Answer> {
  const partition = partitionOf(request) ?? "";
  const operations = z.array(BatchOperation).parse(JSON.parse(request.body));
  for (const [index, operation] of operations.entries()) {
    const status = await refusal(upstream, collection, partition, operation);
    if (status === undefined) continue;
    const results = operations.map((_, each) => ({ statusCode: each === index ? status : 424, requestCharge: 1 }));
    return json(207, results);
  }
  const results = [];
  for (const operation of operations) {
    if (operation.operationType === "Delete") {
      await upstream.remove(collection, partition, idOf(operation));
      results.push({ statusCode: 204, requestCharge: 1 });
      continue;
    }
    const body = { ...operation.resourceBody, _pk: partition, _lsn: nextLsn() };
    const { _etag } = await upstream.write(collection, body);
    results.push({ statusCode: 201, requestCharge: 1, eTag: `"${_etag}"` });
  }
  return json(200, results);
}
