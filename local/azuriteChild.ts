/**
 * Azurite's blob service as a process of its own, started by azurite.ts with one JSON argument. Not Azurite's own command,
 * for three reasons: that saves its index only every 5 seconds, so that a kill loses files which were acknowledged; it loads
 * Application Insights and a SQL library, which double its memory; and it reports usage to Microsoft unless told not to.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createRequire, Module } from "node:module";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Journal, type Loki } from "./azuriteJournal.ts";

interface LokiStore {
  readonly db: Loki;
  init(): Promise<void>;
}

interface BlobServer {
  readonly httpServer: import("node:http").Server;
  readonly metadataStore: LokiStore;
  readonly extentMetadataStore: LokiStore;
  start(): Promise<void>;
  close(): Promise<void>;
}

interface Azurite {
  readonly BlobServer: new (configuration: unknown) => BlobServer;
  readonly BlobConfiguration: new (...options: readonly unknown[]) => unknown;
}

/** What azurite.ts passes. Not validated by a schema: this process is kept small. */
export interface AzuriteChildOptions {
  readonly folder: string;
  readonly port: number;
  readonly inMemory: boolean;
}

/** How long a new process waits for the one before to let go of the folder, in ms. */
const LOCK_WAIT = 10_000;

function loadAzurite(): Azurite {
  const require = createRequire(import.meta.url);
  const azurite = createRequire(require.resolve("azurite/package.json"));
  const unused = new Module("applicationinsights");
  unused.exports = {};
  unused.loaded = true;
  azurite.cache[azurite.resolve("applicationinsights")] = unused;
  return {
    BlobServer: azurite("./dist/src/blob/BlobServer").default,
    BlobConfiguration: azurite("./dist/src/blob/BlobConfiguration").default,
  };
}

/** The arguments of Azurite's constructor, by position. */
function configure({ BlobConfiguration }: Azurite, { folder, port, inMemory }: AzuriteChildOptions): unknown {
  const extents = [{ locationId: "Default", locationPath: join(folder, "files"), maxConcurrency: 4 }];
  const [keepAliveSeconds, accessLog, debugLog, loose, skipApiVersionCheck] = [5, false, false, true, true];
  return new BlobConfiguration(
    "127.0.0.1",
    port,
    keepAliveSeconds,
    join(folder, "blobs.json"),
    join(folder, "extents.json"),
    extents,
    accessLog,
    undefined,
    debugLog,
    undefined,
    loose,
    skipApiVersionCheck,
    "",
    "",
    "",
    undefined,
    false,
    inMemory,
  );
}

/** Held until this process ends, however it ends: two services on one index would overwrite each other's. */
function lock(folder: string): DatabaseSync {
  const db = new DatabaseSync(join(folder, "lock.db"));
  db.exec(`PRAGMA busy_timeout = ${LOCK_WAIT}; BEGIN EXCLUSIVE`);
  return db;
}

/** Answers a change only once the journals of both indexes have it: where files lie, and which there are. */
function journalBeforeAnswer({ httpServer, metadataStore, extentMetadataStore }: BlobServer): void {
  const journals: Journal[] = [];
  for (const store of [extentMetadataStore, metadataStore]) {
    const { init } = store;
    const initWithJournal = async () => {
      await Reflect.apply(init, store, []);
      journals.push(new Journal(store.db));
    };
    Object.defineProperty(store, "init", { value: initWithJournal });
  }
  httpServer.prependListener("request", (request: IncomingMessage, response: ServerResponse) => {
    if (!changesIndex(request)) return;
    const { end } = response;
    const endOnceWritten = (...parts: unknown[]) => {
      try {
        for (const journal of journals) journal.flush();
      } catch {
        // The disk is full or gone: no answer is better than a false one.
        return response.destroy();
      }
      return Reflect.apply(end, response, parts);
    };
    Object.defineProperty(response, "end", { value: endOnceWritten });
  });
}

/** A block that is not yet part of a blob may be lost: its uploader would have to start over anyway. */
function changesIndex({ method, url = "" }: IncomingMessage): boolean {
  return method !== "GET" && method !== "HEAD" && !/[?&]comp=block(&|$)/.test(url);
}

async function run(options: AzuriteChildOptions): Promise<void> {
  const held = options.inMemory ? undefined : lock(options.folder);
  const azurite = loadAzurite();
  const server = new azurite.BlobServer(configure(azurite, options));
  if (!options.inMemory) journalBeforeAnswer(server);
  await server.start();
  const address = server.httpServer.address();
  process.send?.({ port: typeof address === "object" ? address?.port : undefined });
  process.once("SIGTERM", () => void server.close().finally(() => leave(held)));
  // Ctrl-C reaches the whole group; the parent drains first and then stops this process.
  process.on("SIGINT", () => {});
  // The parent is gone, perhaps killed. All that was acknowledged is in the journal.
  process.once("disconnect", () => leave(held));
}

function leave(held: DatabaseSync | undefined): void {
  held?.close();
  process.exit(0);
}

await run(JSON.parse(process.argv[2] ?? ""));
