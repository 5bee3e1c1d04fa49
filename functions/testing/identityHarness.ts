import { randomBytes } from "node:crypto";
import { type Cookie, HttpRequest, InvocationContext } from "@azure/functions";
import { Configuration, ConfigurationLog } from "../../shared/configuration/service.ts";
import { SignedIn } from "../../shared/identity/model.ts";
import { Passwords } from "../../shared/identity/passwords/hashing.ts";
import { Identity } from "../../shared/identity/service.ts";
import { Directory } from "../../shared/platform/directory/directory.ts";
import type { DocumentStore, Documents } from "../../shared/platform/documents/port.ts";
import { openSqliteDocuments } from "../../shared/platform/documents/sqlite/documents.ts";
import { Problem } from "../../shared/platform/errors.ts";
import type { DomainEvent } from "../../shared/platform/events/event.ts";
import { RateLimiter } from "../../shared/platform/http/rateLimit.ts";
import type { Route } from "../../shared/platform/http/route.ts";
import { serve } from "../../shared/platform/http/serve.ts";
import { Outbox } from "../../shared/platform/outbox/outbox.ts";
import { fileKeyRing } from "../../shared/platform/secrets/keyRing.ts";
import { secretsWith } from "../../shared/platform/secrets/secrets.ts";
import { fixedClock } from "../../shared/platform/testing/fixedClock.ts";
import { silentTelemetry } from "../../shared/platform/testing/silentTelemetry.ts";
import { authRoutes } from "../http/auth.ts";
import { configurationRoutes } from "../http/configuration.ts";
import type { Services } from "../services.ts";
import { servicesWith } from "./servicesWith.ts";

/** A browser's jar, as far as the refresh cookie goes. */
export interface Jar {
  cookie: string | undefined;
}

export interface Sending {
  readonly token?: string | undefined;
  /** Sends its cookie, and takes the answer's. */
  readonly jar?: Jar;
  readonly body?: unknown;
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  /** The client's address. */
  readonly from?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly cookies: readonly Cookie[];
  // biome-ignore lint/suspicious/noExplicitAny: a test reads answers as a client without types does
  readonly body: any;
}

export const PASSWORD = "correct horse battery";
export const PUBLIC_URL = "https://cordboard.test";

/** Identity and configuration over a store in memory, and their doors, as a browser reaches them. */
export function identityHarness() {
  const clock = fixedClock();
  const telemetry = silentTelemetry();
  const operations: string[] = [];
  const crash: Crash = { inCommit: undefined, after: false };
  const documents = watched(openSqliteDocuments({ file: ":memory:", clock }), operations, crash);
  const events: DomainEvent[] = [];
  const queue = {
    send: async (_queue: string, messages: readonly { body: unknown }[]) => {
      // The outbox wrote them, so they are what it takes.
      for (const { body } of messages) events.push(...(body as { events: DomainEvent[] }).events);
    },
  };
  const closedUsers: string[] = [];
  const realtime = {
    publish: async () => undefined,
    negotiate: async () => ({ url: "", expiresIn: 0 }),
    closeUser: async (_tenantId: string, userId: string) => void closedUsers.push(userId),
    ping: async () => undefined,
  };
  const outbox = new Outbox(documents, queue, clock, telemetry);
  const log = new ConfigurationLog({ documents, outbox, clock });
  const directory = new Directory(documents);
  const seed = randomBytes(32);
  const common = { documents, outbox, log, directory, realtime, clock, telemetry, publicUrl: PUBLIC_URL };
  const identity = new Identity({
    ...common,
    trialDays: 14,
    signingSeeds: async () => [seed],
    passwords: new Passwords({ memory: 32, passes: 1, parallelism: 1 }),
  });
  const secrets = secretsWith(fileKeyRing([randomBytes(32)]));
  const configuration = new Configuration({ ...common, secrets, users: identity.users, security: identity.security });
  /** As another instance has it, on the same store. */
  const newConfiguration = () => {
    const itsLog = new ConfigurationLog({ documents, outbox, clock });
    return new Configuration({ ...common, log: itsLog, secrets, users: identity.users, security: identity.security });
  };
  const services = servicesWith({ identity, configuration, clock, telemetry });
  const context = {
    authenticate: (token: string) => identity.authenticate(token),
    limiter: new RateLimiter(clock),
    telemetry,
    clock,
    secureCookies: true,
  };
  const routes: readonly Route<Services>[] = [...authRoutes, ...configurationRoutes];

  /** `path` is below /api/, as a client spells it. */
  async function send(method: string, path: string, sending: Sending = {}): Promise<Answer> {
    const found = routes
      .filter((route) => route.method === method)
      .map((route) => ({ route, params: match(route.path, path) }))
      .find(({ params }) => params !== undefined);
    if (found === undefined) throw new Error(`No route ${method} ${path}`);
    const { token, jar, body, query, headers, from } = sending;
    const request = new HttpRequest({
      method,
      url: `${PUBLIC_URL}/api/${path}`,
      params: found.params ?? {},
      query: query ?? {},
      headers: {
        "content-type": "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(jar?.cookie === undefined ? {} : { cookie: `theme=dark; cordboard_refresh=${jar.cookie}` }),
        ...(from === undefined ? {} : { "x-forwarded-for": `6.6.6.6, ${from}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: { string: JSON.stringify(body) } }),
    });
    const response = await serve(found.route, services, context)(request, new InvocationContext());
    const { status = 0, headers: answered, cookies = [], body: text } = response ?? {};
    const [cookie] = cookies;
    if (jar !== undefined && cookie !== undefined) jar.cookie = cookie.maxAge === 0 ? undefined : cookie.value;
    return {
      status,
      headers: new Headers(answered),
      cookies,
      body: typeof text === "string" && text !== "" ? JSON.parse(text) : undefined,
    };
  }

  /** A new organisation; its owner is signed in. */
  async function newTenant(slug: string) {
    const jar: Jar = { cookie: undefined };
    const email = `owner@${slug}.test`;
    const body = { organization: slug, slug, name: "Olive Owner", email, password: PASSWORD };
    const answer = await send("POST", "auth/sign-up", { jar, body });
    return { ...SignedIn.parse(answer.body), token: SignedIn.parse(answer.body).accessToken, jar, email };
  }

  async function signIn(tenant: string, email: string, password = PASSWORD) {
    const jar: Jar = { cookie: undefined };
    const { status, body } = await send("POST", "auth/login", { jar, body: { tenant, email, password } });
    if (status !== 200) throw new Error(`Sign-in answered ${status}`);
    return { jar, ...SignedIn.parse(body), token: SignedIn.parse(body).accessToken };
  }

  return {
    send,
    newTenant,
    signIn,
    clock,
    telemetry,
    documents,
    /** What the store was asked, in order: kinds, and no ids. */
    operations,
    crash,
    events,
    closedUsers,
    identity,
    configuration,
    newConfiguration,
    directory,
  };
}

/** Lets the n-th commit from now fail, 1 being the next: before it was written, or after it, as a crash or a lost answer would. */
interface Crash {
  inCommit: number | undefined;
  after: boolean;
}

function watched(documents: Documents, operations: string[], crash: Crash): Documents {
  const watch = <S extends DocumentStore>(store: S): S => ({
    ...store,
    read: (from, partition, id) => {
      operations.push(`read ${from.kind}`);
      return store.read(from, partition, id);
    },
    query: (from, query) => {
      operations.push(`query ${from.kind}`);
      return store.query(from, query);
    },
    commit: async (container, partition, writes) => {
      operations.push(`commit ${writes.map(({ type, kind }) => `${type} ${kind}`).join(", ")}`);
      if (crash.inCommit !== undefined) crash.inCommit--;
      if (crash.inCommit !== 0) return store.commit(container, partition, writes);
      if (crash.after) await store.commit(container, partition, writes);
      throw new Problem("unavailable");
    },
  });
  return {
    ...documents,
    forTenant: (tenantId) => watch(documents.forTenant(tenantId)),
    directory: () => watch(documents.directory()),
  };
}

function match(template: string, path: string): Record<string, string> | undefined {
  const pattern = template.replace(/[.]/g, "\\.").replace(/\{(\w+)\}/g, "(?<$1>[^/]+)");
  const found = new RegExp(`^${pattern}$`).exec(path);
  return found === null ? undefined : { ...found.groups };
}
