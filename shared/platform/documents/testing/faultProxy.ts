import { type Answer, type Received, send, serve } from "./http.ts";

export type RequestKind = "batch" | "read" | "query" | "feed" | "other";

/** What goes wrong with one request of a kind. */
export interface Fault {
  readonly on: RequestKind;
  /** "cut" breaks the connection off. */
  readonly status: number | "cut";
  readonly substatus?: number;
  readonly retryAfterMs?: number;
  /** "before": the server never sees the request. "after": it does its work, and the answer is lost. */
  readonly when: "before" | "after";
  /** Runs while the client waits, e.g. to let another writer in between. */
  readonly meanwhile?: () => Promise<void>;
}

export interface FaultProxy {
  readonly endpoint: string;
  /** Faults wait in a line for each kind, and each strikes once. */
  inject(...faults: readonly Fault[]): void;
  /** Requests seen since the last call, by kind. */
  seen(): Readonly<Record<RequestKind, number>>;
  /** Forgets the faults that have not struck. */
  drop(): void;
  /** Faults that have not struck. */
  left(): number;
  close(): Promise<void>;
}

export function kindOf({ method, url, headers }: Received): RequestKind {
  const isDocument = /^\/+dbs\/[^/]+\/colls\/[^/]+\/docs/.test(url);
  if (!isDocument) return "other";
  if (headers["x-ms-cosmos-is-batch-request"] !== undefined) return "batch";
  if (headers["x-ms-cosmos-is-query-plan-request"] !== undefined) return "other";
  if (headers["x-ms-documentdb-isquery"] !== undefined) return "query";
  if (headers["a-im"] !== undefined) return "feed";
  return method === "GET" ? "read" : "other";
}

function faultAnswer({ status, substatus, retryAfterMs }: Fault): Answer | "cut" {
  if (status === "cut") return "cut";
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (substatus !== undefined) headers["x-ms-substatus"] = String(substatus);
  if (retryAfterMs !== undefined) headers["x-ms-retry-after-ms"] = String(retryAfterMs);
  return { status, headers, body: JSON.stringify({ code: String(status), message: "Injected fault" }) };
}

/** An account that takes writes in two regions, both of them this proxy: then the SDK itself tries a write again. */
function accountAt(port: number): Answer {
  const locations = ["First", "Second"].map((name) => ({
    name,
    databaseAccountEndpoint: `http://127.0.0.1:${port}/${name}/`,
  }));
  const account = {
    id: "account",
    enableMultipleWriteLocations: true,
    writableLocations: locations,
    readableLocations: locations,
    userConsistencyPolicy: { defaultConsistencyLevel: "Session" },
  };
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(account) };
}

/** A proxy that spoils requests as told, in front of anything that speaks Cosmos's protocol over plain HTTP. */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  let waiting: readonly Fault[] = [];
  const none = { batch: 0, read: 0, query: 0, feed: 0, other: 0 };
  let counts: Record<RequestKind, number> = { ...none };
  const { port, close } = await serve(async (received) => {
    if (received.method === "GET" && /^\/(First|Second)?\/*$/.test(received.url)) return accountAt(port);
    const request = { ...received, url: received.url.replace(/^\/+(First|Second)\/+/, "/") };
    const kind = kindOf(request);
    counts[kind]++;
    const fault = waiting.find(({ on }) => on === kind);
    if (fault === undefined) return send(targetPort, request);
    waiting = waiting.filter((each) => each !== fault);
    if (fault.when === "after") await send(targetPort, request);
    await fault.meanwhile?.();
    return faultAnswer(fault);
  });
  return {
    endpoint: `http://127.0.0.1:${port}/`,
    inject: (...faults) => {
      waiting = [...waiting, ...faults];
    },
    seen: () => {
      const seen = counts;
      counts = { ...none };
      return seen;
    },
    drop: () => {
      waiting = [];
    },
    left: () => waiting.length,
    close,
  };
}
