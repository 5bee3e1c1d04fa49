import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { parseHostJson } from "../../local/host/hostConfig.ts";
import { GraphClient } from "../../shared/channels/whatsapp/client.ts";
import { openBlobs } from "../../shared/platform/blobs/azureBlobs.ts";
import { systemClock } from "../../shared/platform/clock.ts";
import { DEADLINES, INVOCATION, within } from "../../shared/platform/deadlines.ts";
import { openCosmosDocuments } from "../../shared/platform/documents/cosmos/documents.ts";
import { collection, create } from "../../shared/platform/documents/port.ts";
import { TenantId } from "../../shared/platform/ids.ts";
import { QUEUES } from "../../shared/platform/queue/queues.ts";
import { openServiceBusQueue } from "../../shared/platform/queue/serviceBus/serviceBusQueue.ts";
import { openAzureRealtime } from "../../shared/platform/realtime/azure.ts";
import { openSecrets } from "../../shared/platform/secrets/secrets.ts";

const TENANT = TenantId.parse("ten_00000000000000000001");
/** Milliseconds that a call gets here, and more than it may then take on a busy machine. */
const PATIENCE = 300;
const AT_MOST = 5_000;

describe("an invocation", () => {
  const config = parseHostJson(readFileSync(join(import.meta.dirname, "../../host.json"), "utf8"));

  it("ends before the host would kill it, and before its lane's lock is renewed no more", () => {
    const longest = Math.max(...Object.values(INVOCATION));
    expect(longest).toBeLessThanOrEqual((config.functionTimeoutMs ?? 0) - 30_000);
    expect(longest).toBeLessThanOrEqual(config.maxAutoLockRenewalMs - 30_000);
  });

  it("ends before the front end gives a request up", () => {
    expect(INVOCATION.http).toBeLessThanOrEqual(230_000 - 30_000);
  });

  it("calls nothing that may take as long as itself", () => {
    for (const deadline of Object.values(DEADLINES)) expect(deadline * 3).toBeLessThan(INVOCATION.http);
  });
});

/** Something that takes connections and answers what it is asked, which may be nothing. */
async function listener(answer: (asked: string) => string): Promise<{ readonly port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", (asked) => socket.write(answer(String(asked))));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port, close };
}

const KEY = Buffer.from("a key of the tests, which opens nothing").toString("base64");
const blobsAt = (port: number) =>
  openBlobs({
    connectionString: `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=${KEY};BlobEndpoint=http://127.0.0.1:${port}/a`,
  });
const bytesOf = async (content: Readable) => {
  for await (const _ of content);
};

describe("where nothing is answered", () => {
  let silent: Awaited<ReturnType<typeof listener>>;
  beforeAll(async () => {
    silent = await listener(() => "");
  });
  afterAll(() => silent.close());

  async function isGivenUp(call: () => Promise<unknown>): Promise<void> {
    const started = performance.now();
    await expect(within(PATIENCE, call)).rejects.toMatchObject({ code: "unavailable" });
    expect(performance.now() - started).toBeLessThan(AT_MOST);
  }

  it("documents are unavailable in time", async () => {
    const endpoint = `http://127.0.0.1:${silent.port}`;
    const documents = openCosmosDocuments({ endpoint, databaseName: "d", key: KEY, clock: systemClock });
    const notes = collection("configuration", "note", z.object({ text: z.string() }));
    const store = documents.forTenant(TENANT);
    await isGivenUp(() => store.read(notes, [], "one"));
    await isGivenUp(() => store.query(notes, { partition: [] }));
    await isGivenUp(() => store.commit("configuration", [], [create(notes, "one", { text: "hello" })]));
    await isGivenUp(() => documents.sweep("configuration", "note", new Date(), 10));
    await documents.close();
  });

  it("the queue is unavailable in time", async () => {
    const connectionString = `Endpoint=sb://127.0.0.1:${silent.port};SharedAccessKeyName=n;SharedAccessKey=k;UseDevelopmentEmulator=true`;
    const queue = openServiceBusQueue({ connectionString });
    await isGivenUp(() => queue.send("inbound", [{ messageId: "m", sessionId: "s", body: {} }]));
    expect(DEADLINES.queue).toBeLessThan(QUEUES.inbound.lockSeconds * 1000);
    await queue.close();
  });

  it("files are unavailable in time", async () => {
    const blobs = blobsAt(silent.port);
    const options = { contentType: "text/plain", maxBytes: 10 };
    await isGivenUp(() => blobs.write(TENANT, "file", Readable.from([Buffer.from("hello")]), options));
    await isGivenUp(() => blobs.read(TENANT, "file"));
    await isGivenUp(() => blobs.remove(TENANT, "file"));
  });

  it("keys are unavailable in time", async () => {
    const secrets = openSecrets({
      keyVaultUri: `http://127.0.0.1:${silent.port}`,
      token: "token",
      credential: () => Promise.reject(new Error("Not needed")),
    });
    await isGivenUp(() => secrets.encrypt("a secret", "its place"));
  });

  it("live updates are unavailable in time", async () => {
    const endpoint = `http://127.0.0.1:${silent.port}`;
    const credential = () => Promise.reject(new Error("Not needed"));
    const realtime = openAzureRealtime({ endpoint, key: KEY, credential });
    const message = { type: "message.received", id: "evt_1", at: "2026-01-01T00:00:00Z", subject: "s", data: {} };
    await isGivenUp(() => realtime.publish(TENANT, [message]));
    await isGivenUp(() => realtime.closeUser(TENANT, "usr_1"));
  });

  it("nobody knows what the provider did, and in time", async () => {
    const client = new GraphClient({ apiBaseUrl: `http://127.0.0.1:${silent.port}`, version: "v25.0" });
    const call = { accessToken: "token", path: ["1", "messages"], body: { text: "hello" } };
    expect(await within(PATIENCE, () => client.call(call))).toEqual({ kind: "unknown" });
    expect(await within(0, () => client.call(call))).toEqual({ kind: "unreachable" });
    await expect(
      within(PATIENCE, () => client.download(`http://127.0.0.1:${silent.port}/f`, "token")),
    ).rejects.toThrow();
  });
});

describe("where an answer ends half-way", () => {
  it("a file's bytes fail in time", async () => {
    const made = "HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n";
    const head = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\ncontent-type: text/plain\r\n";
    const part = `${head}etag: "1"\r\nlast-modified: Sat, 21 Nov 2026 08:00:00 GMT\r\n\r\nhalf of it`;
    const half = await listener((asked) => (asked.startsWith("PUT") ? made : part));
    const blobs = blobsAt(half.port);
    expect((await blobs.read(TENANT, "file"))?.size).toBe(1000);
    const read = async () => {
      const blob = await blobs.read(TENANT, "file");
      if (blob !== undefined) await bytesOf(blob.content);
    };
    await expect(within(PATIENCE, read)).rejects.toMatchObject({ code: "unavailable" });
    const client = new GraphClient({ apiBaseUrl: `http://127.0.0.1:${half.port}`, version: "v25.0" });
    const download = async () => (await client.download(`http://127.0.0.1:${half.port}/f`, "token")).arrayBuffer();
    await expect(within(PATIENCE, download)).rejects.toThrow();
    half.close();
  });
});
