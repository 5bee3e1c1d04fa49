import type { Container as CosmosContainer, PartitionKey } from "@azure/cosmos";
import type { Clock } from "../../clock.ts";
import { ServiceFault } from "../../serviceFault.ts";
import { type Envelope, parseEnvelope } from "./envelope.ts";
import { meaningOf, retryingRead } from "./retry.ts";

/** What a call speaks to, until `signal` gives it up. */
export interface Asked {
  readonly clock: Clock;
  readonly source: CosmosContainer;
  readonly signal: AbortSignal;
}

/** A point read. The SDK answers 404 without throwing; with substatus 1002 it only means that this replica lags behind, with 1003 that there is no such container. */
export function readEnvelope(
  { clock, source, signal }: Asked,
  id: string,
  key: PartitionKey,
): Promise<Envelope | undefined> {
  return retryingRead(clock, async () => {
    const { resource, statusCode, substatus } = await source.item(id, key).read({ abortSignal: signal });
    if (resource !== undefined && resource !== null) return parseEnvelope(resource);
    const meaning = meaningOf(statusCode, substatus);
    if (meaning === "again") throw Object.assign(new Error("The replica lags behind"), { code: statusCode, substatus });
    if (meaning === "fault") throw new ServiceFault("Cosmos DB", "incomplete");
    return undefined;
  });
}
