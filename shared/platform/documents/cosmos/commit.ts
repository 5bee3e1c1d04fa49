import { randomUUID } from "node:crypto";
import type { CosmosDiagnostics, JSONObject, OperationInput, PartitionKey } from "@azure/cosmos";
import { Problem } from "../../errors.ts";
import type { ContainerName } from "../containers.ts";
import { type CheckedOperation, storedId } from "../limits.ts";
import { CommitRejected, type Partition } from "../port.ts";
import { partitionKeyOf, placeOf, plainEtag, quotedEtag } from "./envelope.ts";
import { type Asked, readEnvelope } from "./read.ts";
import { backOff, faultOf, MAX_RETRIES, meaningOf, unavailable } from "./retry.ts";

export interface CosmosCommit {
  readonly container: ContainerName;
  readonly tenantId: string;
  readonly partition: Partition;
  readonly operations: readonly CheckedOperation[];
}

type Refusal = CommitRejected["reason"];

/** What one request came to. `unsure`: the SDK had tried before, and that try may have been the one that wrote. */
type Attempt =
  | { readonly type: "done"; readonly etags: readonly string[] }
  | { readonly type: "refused"; readonly reason: Refusal; readonly index: number; readonly unsure: boolean }
  | { readonly type: "again" | "unknown"; readonly cause: unknown; readonly unsure: boolean }
  | { readonly type: "throttled"; readonly cause: unknown; readonly retryAfterMs: number | undefined };

/** Etag of a version that has been overwritten since: it equals none that Cosmos gives. */
const SUPERSEDED = "superseded";

function inputsOf({ container, tenantId, partition, operations }: CosmosCommit, commit: string): OperationInput[] {
  const place = placeOf(container, tenantId, partition);
  return operations.map(({ type, kind, id, json, etag, ttl }): OperationInput => {
    const stored = storedId(kind, id);
    const match = etag === undefined ? {} : { ifMatch: quotedEtag(etag) };
    // The SDK's type of a delete lacks `ifMatch`, which the service takes for deletes as for replaces.
    if (type === "delete") return Object.assign({ operationType: "Delete" as const, id: stored }, match);
    const data: JSONObject[string] = JSON.parse(json);
    const resourceBody = { id: stored, ...place, kind, data, commit, ...(ttl === undefined ? {} : { ttl }) };
    if (type === "replace") return { operationType: "Replace", id: stored, resourceBody, ...match };
    return { operationType: type === "create" ? "Create" : "Upsert", resourceBody };
  });
}

const REASONS: Readonly<Record<number, Refusal>> = { 404: "missing", 409: "exists", 412: "stale" };

interface OperationResult {
  readonly statusCode: number;
  readonly eTag?: string;
}
/** True when the SDK itself had an earlier try (in another region, on a new connection) that may have written. */
function triedBefore(diagnostics: CosmosDiagnostics | undefined): boolean {
  const attempts = diagnostics?.clientSideRequestStatistics.retryDiagnostics.failedAttempts ?? [];
  return attempts.some(({ statusCode }) => meaningOf(statusCode) === "unknown");
}

function readResults(results: readonly OperationResult[], unsure: boolean): Attempt {
  // A refused batch gives 424 (failed dependency) to all but the operation that was to blame.
  const index = results.findIndex(({ statusCode }) => statusCode >= 400 && statusCode !== 424);
  const failed = results[index];
  if (failed === undefined) return { type: "done", etags: results.map(({ eTag }) => plainEtag(eTag ?? "")) };
  const cause = new Error(`Cosmos answered operation ${index} of a batch with ${failed.statusCode}`);
  const reason = REASONS[failed.statusCode];
  if (reason !== undefined) return { type: "refused", reason, index, unsure };
  const meaning = meaningOf(failed.statusCode);
  if (meaning === "too-large") throw new Problem("too-large", { cause });
  if (meaning === "throttled") return { type: "again", cause, unsure };
  if (meaning === "again" || meaning === "unknown") return { type: meaning, cause, unsure };
  throw cause;
}

/**
 * The operation that a whole batch was refused for, where the answer names none: the only one that can be meant. A 404
 * without an operation is not about a document, but about the container.
 */
function blamed(status: number | string | undefined, inputs: readonly OperationInput[]): Attempt | undefined {
  const index = inputs.findIndex((input) =>
    status === 409 ? input.operationType === "Create" : status === 412 && "ifMatch" in input,
  );
  if (index < 0) return undefined;
  return { type: "refused", reason: status === 409 ? "exists" : "stale", index, unsure: false };
}

async function attempt({ source, signal }: Asked, key: PartitionKey, inputs: OperationInput[]): Promise<Attempt> {
  try {
    const options = { contentResponseOnWriteEnabled: false, abortSignal: signal };
    const response = await source.items.batch(inputs, key, options);
    const unsure = triedBefore(response.diagnostics);
    // An atomic batch that fails as a whole carries its status in the response and may have no results.
    if (response.result === undefined || response.result.length === 0)
      return {
        type: "unknown",
        cause: new Error(`Cosmos answered a batch with ${response.code} and no results`),
        unsure,
      };
    return readResults(response.result, unsure);
  } catch (error) {
    const { meaning, status, retryAfterMs } = faultOf(error);
    const refused = meaning === "refused" ? blamed(status, inputs) : undefined;
    if (refused !== undefined) return refused;
    if (meaning === "throttled") return { type: "throttled", cause: error, retryAfterMs };
    if (meaning === "again" || meaning === "unknown") return { type: meaning, cause: error, unsure: false };
    if (meaning === "denied") throw unavailable(error);
    if (meaning === "too-large") throw new Problem("too-large", { cause: error });
    throw error;
  }
}

/** What became of a commit of which an earlier try may have succeeded. */
type Verdict =
  | { readonly type: "ours"; readonly etags: readonly string[] }
  | { readonly type: "not-ours" | "undecided" };

/**
 * Looks at the documents to find out whether this commit was written. A batch is atomic, so one document that bears its
 * mark proves all of it, and one that still has the etag which the commit would have replaced proves none of it. When
 * others have written over every document since (or it only deleted), nothing can be known.
 */
async function investigate(asked: Asked, key: PartitionKey, commit: CosmosCommit, mark: string): Promise<Verdict> {
  const found = await Promise.all(
    commit.operations.map(({ kind, id }) => readEnvelope(asked, storedId(kind, id), key)),
  );
  if (found.some((envelope) => envelope?.commit === mark)) {
    const etags = commit.operations.map(({ type }, index) => {
      const envelope = found[index];
      if (type === "delete") return "";
      return envelope?.commit === mark ? plainEtag(envelope._etag) : SUPERSEDED;
    });
    return { type: "ours", etags };
  }
  const untouched = commit.operations.some(({ etag }, index) => {
    const envelope = found[index];
    return etag !== undefined && envelope !== undefined && plainEtag(envelope._etag) === etag;
  });
  return { type: untouched ? "not-ours" : "undecided" };
}

/**
 * Writes one batch. Every document bears the commit's own mark, the same in every retry: when a try ended in 408, 503 or a
 * broken connection and a later one is refused, the mark tells whether it was refused because of ourselves.
 * Throws `CommitRejected` only when nothing was written, and `unavailable` when that cannot be known.
 */
export async function commitToCosmos(asked: Asked, commit: CosmosCommit): Promise<readonly string[]> {
  const mark = randomUUID();
  const key = partitionKeyOf(commit.container, commit.tenantId, commit.partition, commit.operations[0]?.kind ?? "");
  let mayBeWritten = false;
  for (let tries = 0; ; tries++) {
    const result = await attempt(asked, key, inputsOf(commit, mark));
    if (result.type === "done") return result.etags;
    if (result.type === "throttled") throw unavailable(result.cause, result.retryAfterMs);
    mayBeWritten ||= result.unsure || result.type === "unknown";
    if (result.type === "refused") {
      const rejected = new CommitRejected(result.reason, result.index);
      if (!mayBeWritten) throw rejected;
      const verdict = await investigate(asked, key, commit, mark);
      if (verdict.type === "ours") return verdict.etags;
      throw verdict.type === "not-ours" ? rejected : unavailable(rejected);
    }
    if (tries >= MAX_RETRIES) throw unavailable(result.cause);
    await backOff(asked.clock, tries);
  }
}
