import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { HttpRequest, InvocationContext } from "@azure/functions";
import { vi } from "vitest";
import { type Composition, composeOn } from "../../functions/compose.ts";
import { runTimer } from "../../functions/route.ts";
import { queueFunctions, routes, timerFunctions } from "../../functions/routes.ts";
import type { Services } from "../../functions/services.ts";
import { memoryBlobs } from "../../shared/conversations/testing/memoryBlobs.ts";
import type { Caller } from "../../shared/platform/caller.ts";
import type { Clock } from "../../shared/platform/clock.ts";
import { type Config, readConfig } from "../../shared/platform/config/config.ts";
import { CONTAINER_NAMES } from "../../shared/platform/documents/containers.ts";
import { openSqliteDocuments } from "../../shared/platform/documents/sqlite/documents.ts";
import { RateLimiter } from "../../shared/platform/http/rateLimit.ts";
import type { Route } from "../../shared/platform/http/route.ts";
import { serve } from "../../shared/platform/http/serve.ts";
import { runDelivery } from "../../shared/platform/queue/handler.ts";
import type { QueueName } from "../../shared/platform/queue/queues.ts";
import { openSqliteQueue } from "../../shared/platform/queue/sqlite/sqliteQueue.ts";
import { fileKeyRing } from "../../shared/platform/secrets/keyRing.ts";
import { secretsWith } from "../../shared/platform/secrets/secrets.ts";
import { openTelemetry } from "../../shared/platform/telemetry/telemetry.ts";
import { fixedClock } from "../../shared/platform/testing/fixedClock.ts";
import { type Answer, checkAnswer } from "./answer.ts";
import { graphFetch } from "./graph.ts";
import { Watch } from "./watch.ts";

/** One request, before its credentials. */
export interface Call {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly raw?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export type AnyRoute = Route<Services>;

export const PUBLIC_URL = "https://cordboard.test";
export const INSTALLATION = { appSecret: "canary-installation-app-secret", verifyToken: "canary-installation-verify" };

export function nameOf({ method, path }: Pick<AnyRoute, "method" | "path">): string {
  return `${method} ${path}`;
}

export function routeNamed(name: string): AnyRoute {
  const found = routes.find((route) => nameOf(route) === name);
  if (found === undefined) throw new Error(`There is no route ${name}`);
  return found;
}

/** A fixed clock on which patience that is given up costs no time, so that no token runs out in a long run. */
function patientClock(): ReturnType<typeof fixedClock> {
  const clock = fixedClock();
  return {
    ...clock,
    sleep: async (milliseconds, signal) => {
      if (signal !== undefined) await setTimeout(5, undefined, { signal });
      clock.advance(milliseconds);
    },
  };
}

/** Where SQLite keeps its files. */
interface Files {
  readonly documents: string;
  readonly queue: string;
}

function openEngines(clock: Clock, files: Files, closedUsers: string[]) {
  const seed = randomBytes(32);
  return {
    documents: openSqliteDocuments({ file: files.documents, clock }),
    queue: openSqliteQueue({ file: files.queue, clock }),
    blobs: memoryBlobs(),
    realtime: {
      publish: async () => undefined,
      negotiate: async (tenantId: string, userId: string) => ({
        url: `wss://${tenantId}.test/${userId}`,
        expiresIn: 60,
      }),
      closeUser: async (tenantId: string, userId: string) => void closedUsers.push(`${tenantId} ${userId}`),
      ping: async () => undefined,
    },
    secrets: secretsWith(fileKeyRing([randomBytes(32)])),
    signingSeeds: async () => [seed],
  };
}

/** The whole product in this process, on stores in memory, with a provider of its own and a clock that stands. */
export class Installation {
  readonly clock = patientClock();
  readonly watch = new Watch();
  /** Whose sockets were closed, as `<tenant> <user>`. */
  readonly closedUsers: string[] = [];
  readonly engines: ReturnType<typeof openEngines>;
  readonly config: Config;
  readonly #composition: Composition;

  readonly telemetry: ReturnType<typeof openTelemetry>;

  /** Default: stores that nobody else can open, and telemetry whose spans go nowhere. */
  constructor(files: Files = { documents: ":memory:", queue: ":memory:" }, open: typeof openTelemetry = openTelemetry) {
    this.engines = openEngines(this.clock, files, this.closedUsers);
    vi.stubGlobal("fetch", graphFetch());
    this.config = readConfig({
      CORDBOARD_PLATFORM: "local",
      PUBLIC_URL,
      WHATSAPP_APP_SECRET: INSTALLATION.appSecret,
      WHATSAPP_VERIFY_TOKEN: INSTALLATION.verifyToken,
      WHATSAPP_API_BASE_URL: "https://graph.test",
    });
    const write = (line: string) => this.watch.logged(line);
    const { clock } = this;
    this.telemetry = open({ serviceName: "cordboard", region: "test", write, now: () => clock.now() });
    this.#composition = composeOn(this.config, this.engines, { clock, telemetry: this.telemetry });
    this.watch.secret(INSTALLATION.appSecret, INSTALLATION.verifyToken);
  }

  /** Sends a request through `serve`, checks the answer's shape, and keeps an eye on what it tells. Limits start afresh. */
  async send(route: AnyRoute, call: Call, token?: string, authenticate?: () => Promise<Caller>): Promise<Answer> {
    const { services, serving } = this.#composition;
    const limiter = new RateLimiter(this.clock);
    const handler = serve(route, services, { ...serving, limiter, ...(authenticate && { authenticate }) });
    const response = await handler(requestOf(route, call, token), new InvocationContext());
    const answer = checkAnswer(nameOf(route), response ?? {});
    this.watch.answered(answer, call, token);
    return answer;
  }

  authenticate(token: string): Promise<Caller | undefined> {
    return this.#composition.serving.authenticate(token);
  }

  /** Runs these queue functions (default: all) until nothing is due. What fails is handed back, and parked in the end. */
  async drain(...queues: readonly QueueName[]): Promise<void> {
    const wanted = queueFunctions.filter(({ queue }) => queues.length === 0 || queues.includes(queue));
    for (let worked = true; worked; ) {
      worked = false;
      for (const declared of wanted) worked = (await this.#drainOnce(declared)) || worked;
    }
  }

  async #drainOnce(declared: (typeof queueFunctions)[number]): Promise<boolean> {
    const { services, delivering } = this.#composition;
    const session = await this.engines.queue.acceptNextSession(declared.queue);
    if (session === undefined) return false;
    for (const delivery of await session.receive(50)) {
      try {
        await runDelivery(declared, delivery.body, delivery, services, delivering);
        await session.complete(delivery);
      } catch (error) {
        await session.abandon(delivery, String(error));
      }
    }
    await session.close();
    return true;
  }

  /** Each timer once. */
  async tick(): Promise<void> {
    for (const timer of timerFunctions) await runTimer(timer, this.#composition.services);
  }

  parked(queue: "inbound" | "outbound" | "media" | "events") {
    return this.engines.queue.deadLetters.list(queue, 1000);
  }

  /** Every document and file of a tenant, or what its directory entries say, as one text to compare. */
  async snapshot(tenantId: string): Promise<string> {
    const found: string[] = this.engines.blobs.names().filter((name) => name.startsWith(`${tenantId}/`));
    for (const container of CONTAINER_NAMES) {
      for (let cursor: string | undefined; ; ) {
        const page = await this.engines.documents.changes(container, cursor, 1000);
        cursor = page.cursor;
        if (page.items.length === 0) break;
        for (const item of page.items) {
          const text = JSON.stringify(item);
          if (item.tenantId === tenantId || (item.tenantId === "" && text.includes(tenantId))) found.push(text);
        }
      }
    }
    return found.sort().join("\n");
  }

  /** What of a tenant's documents not every store can keep: texts with U+0000 or half a surrogate pair. */
  async unstorable(tenantId: string): Promise<string[]> {
    const lines = (await this.snapshot(tenantId)).split("\n");
    // JSON escapes them, and a backslash that stands for itself is doubled.
    return lines.filter((line) => /(?<!\\)(\\\\)*\\u(0000|d[89a-f])/i.test(line));
  }

  async close(): Promise<void> {
    await this.engines.documents.close();
    await this.engines.queue.close();
    vi.unstubAllGlobals();
  }
}

/** The request as a host hands it to a handler. */
export function requestOf({ method, path }: AnyRoute, call: Call, token: string | undefined): HttpRequest {
  const { params = {}, query = {}, body, raw, headers = {} } = call;
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent((params[name] ?? "").toWellFormed()),
  );
  const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  return new HttpRequest({
    method,
    url: `${PUBLIC_URL}/api/${filled}`,
    params: { ...params },
    query: { ...query },
    headers: {
      "x-forwarded-for": "198.51.100.7:4711",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(content === undefined ? {} : { body: typeof content === "string" ? { string: content } : { bytes: content } }),
  });
}
