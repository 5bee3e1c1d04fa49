import { readFileSync } from "node:fs";
import { SignJWT } from "jose";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { TenantId } from "../../shared/platform/ids.ts";
import { tenantGroup } from "../../shared/platform/realtime/port.ts";
import { type PubSubClient, pubSubPackage, startTestServer, type TestServer } from "./testServer.ts";

const TENANT = TenantId.parse("ten_00000000000000000001");
const OTHER = TenantId.parse("ten_00000000000000000002");
const GROUP = tenantGroup(TENANT);

function message(id: string) {
  return { type: "message.received", id, at: "2026-01-01T00:00:00Z", subject: "cnv_1", data: { n: 1 } };
}

describe("realtime server", () => {
  let test: TestServer;
  const clients: PubSubClient[] = [];
  beforeEach(async () => {
    test = await startTestServer();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.stop();
    await test.close();
  });

  /** A started client of one user of a tenant, and what it has received. */
  async function connect(tenantId = TENANT, userId = "usr_1", options: object = {}) {
    const credential = { getClientAccessUrl: async () => (await test.realtime.negotiate(tenantId, userId)).url };
    const client = new pubSubPackage.WebPubSubClient(credential, options);
    const received: unknown[] = [];
    const connected: string[] = [];
    const disconnected: unknown[] = [];
    client.on("group-message", (event) => received.push(event.message.data));
    client.on("connected", (event) => connected.push(event.connectionId));
    client.on("disconnected", (event) => disconnected.push(event.message?.message));
    clients.push(client);
    await client.start();
    await vi.waitFor(() => expect(connected).toHaveLength(1));
    return { client, received, connected, disconnected };
  }

  it.each([
    ["reliable", () => ({})],
    ["plain", () => ({ protocol: pubSubPackage.WebPubSubJsonProtocol() })],
  ])("brings a tenant's messages, in order, to its desks alone (%s)", async (_, options) => {
    const mine = await connect(TENANT, "usr_1", options());
    const theirs = await connect(OTHER, "usr_2", options());
    const ids = Array.from({ length: 50 }, (_unused, index) => `evt_${index}`);
    for (const id of ids) await test.realtime.publish(TENANT, [message(id)]);
    await vi.waitFor(() => expect(mine.received).toHaveLength(50));
    expect(mine.received).toEqual(ids.map(message));
    expect(theirs.received).toEqual([]);
  });

  it("gives a client that lost its network what it missed, once and in order", async () => {
    const { received, connected, disconnected } = await connect();
    await test.realtime.publish(TENANT, [message("evt_1")]);
    await vi.waitFor(() => expect(received).toHaveLength(1));
    test.cutSockets();
    await test.realtime.publish(TENANT, [message("evt_2"), message("evt_3")]);
    await vi.waitFor(() => expect(received).toHaveLength(3), { timeout: 5000 });
    await test.realtime.publish(TENANT, [message("evt_4")]);
    await vi.waitFor(() => expect(received).toHaveLength(4));
    expect(received).toEqual(["evt_1", "evt_2", "evt_3", "evt_4"].map(message));
    expect([connected.length, disconnected.length]).toEqual([1, 0]);
  });

  it("closes a user's sockets, and lets a reliable client connect anew instead of recovering", async () => {
    const mine = await connect(TENANT, "usr_1");
    const colleague = await connect(TENANT, "usr_2");
    await test.realtime.closeUser(TENANT, "usr_1");
    await vi.waitFor(() => expect(mine.disconnected).toEqual(["The connection was closed by the service."]));
    await vi.waitFor(() => expect(mine.connected).toHaveLength(2), { timeout: 5000 });
    expect(colleague.disconnected).toEqual([]);
  });

  it("lets a client leave and rejoin its own group, and join or write to no other", async () => {
    const { client, received } = await connect(TENANT, "usr_1", { messageRetryOptions: { maxRetries: 1 } });
    await client.leaveGroup(GROUP);
    await test.realtime.publish(TENANT, [message("evt_1")]);
    await client.joinGroup(GROUP);
    await test.realtime.publish(TENANT, [message("evt_2")]);
    await vi.waitFor(() => expect(received).toEqual([message("evt_2")]));
    await expect(client.joinGroup(tenantGroup(OTHER))).rejects.toMatchObject({
      errorDetail: { name: "Forbidden" },
    });
    await expect(client.sendToGroup(GROUP, { n: 1 }, "json")).rejects.toMatchObject({
      errorDetail: { name: "Forbidden" },
    });
  });

  async function tokenWith(claims: { key?: Uint8Array; audience?: string; expires?: number }) {
    const key = claims.key ?? Buffer.from(readFileSync(test.keyFile, "utf8").trim(), "hex");
    const jwt = new SignJWT({ role: ["webpubsub.sendToGroup"], "webpubsub.group": "lobby" })
      .setProtectedHeader({ alg: "HS256" })
      .setSubject("usr_9")
      .setAudience(claims.audience ?? test.url)
      .setExpirationTime(claims.expires ?? Math.floor(Date.now() / 1000) + 60);
    return jwt.sign(key);
  }

  /** The HTTP status of a refused upgrade, or what the socket first says. */
  function outcome(address: string, protocol = "json.webpubsub.azure.v1"): Promise<number | string> {
    return new Promise((resolve) => {
      const socket = new WebSocket(address, protocol);
      socket.on("unexpected-response", (_, response) => resolve(response.statusCode ?? 0));
      socket.on("message", (data) => {
        resolve(data.toString());
        socket.close();
      });
      socket.on("close", (code) => resolve(`closed ${code}`));
      socket.on("error", () => undefined);
    });
  }

  it("opens to a token of its key, address and time only", async () => {
    const good = await tokenWith({});
    expect(await outcome(`${test.url}?access_token=${good}`)).toContain('"userId":"usr_9"');
    const bad = [
      "",
      "not.a.token",
      await tokenWith({ key: new Uint8Array(32) }),
      await tokenWith({ audience: test.url.replace("desk", "other") }),
      await tokenWith({ expires: Math.floor(Date.now() / 1000) - 1 }),
    ];
    for (const token of bad) expect(await outcome(`${test.url}?access_token=${token}`)).toBe(401);
    expect(await outcome(`${test.url.replace("desk", "other")}?access_token=${good}`)).toBe(404);
    expect(test.server.connections).toBe(0);
  });

  it("wants one of its subprotocols", async () => {
    const good = await tokenWith({});
    expect(await outcome(`${test.url}?access_token=${good}`, "mqtt")).toMatch(/^closed/);
  });

  it("refuses the recovery of a connection that another user guessed or that is gone", async () => {
    const { connected } = await connect();
    const good = await tokenWith({});
    const guess = `${test.url}?access_token=${good}&awps_connection_id=${connected[0]}&awps_reconnection_token=guess`;
    expect(await outcome(guess, "json.reliable.webpubsub.azure.v1")).toBe("closed 1008");
  });

  it("sends to a group with what the token allows, and leaves out the sender who asks for it", async () => {
    const address = `${test.url}?access_token=${await tokenWith({})}`;
    const listen = async () => {
      const got: unknown[] = [];
      const socket = new WebSocket(address, "json.webpubsub.azure.v1");
      socket.on("message", (data) => got.push(JSON.parse(data.toString())));
      await vi.waitFor(() => expect(got).toHaveLength(1));
      return { socket, got };
    };
    const [one, two] = [await listen(), await listen()];
    one.socket.send('{"type":"sendToGroup","group":"lobby","ackId":7,"noEcho":true,"dataType":"text","data":"hello"}');
    await vi.waitFor(() => expect(two.got).toHaveLength(2));
    expect(two.got[1]).toEqual({
      type: "message",
      from: "group",
      fromUserId: "usr_9",
      group: "lobby",
      dataType: "text",
      data: "hello",
    });
    await vi.waitFor(() => expect(one.got.slice(1)).toEqual([{ type: "ack", ackId: 7, success: true }]));
    one.socket.send('{"type":"sendToGroup","group":"lobby","ackId":7,"dataType":"text","data":"hello"}');
    one.socket.send('{"type":"ping"}');
    await vi.waitFor(() => expect(one.got).toHaveLength(4));
    expect(one.got[2]).toMatchObject({ ackId: 7, success: false, error: { name: "Duplicate" } });
    expect(one.got[3]).toEqual({ type: "pong" });
    one.socket.close();
    two.socket.close();
  });
});

describe("realtime server, slow clients", () => {
  it("gives up a client that acknowledges nothing, and keeps serving the others", async () => {
    const test = await startTestServer({ maxUnacknowledged: 10 });
    const open = async (protocol: string) => {
      const got: { type: string; event?: string }[] = [];
      const { url } = await test.realtime.negotiate(TENANT, "usr_1");
      const socket = new WebSocket(url, protocol);
      const closed = new Promise<number>((resolve) => socket.on("close", resolve));
      socket.on("message", (data) => got.push(JSON.parse(data.toString())));
      await vi.waitFor(() => expect(got).toHaveLength(1));
      return { socket, got, closed };
    };
    const silent = await open("json.reliable.webpubsub.azure.v1");
    const other = await open("json.webpubsub.azure.v1");
    for (let n = 0; n < 20; n++) await test.realtime.publish(TENANT, [message(`evt_${n}`)]);
    expect(await silent.closed).toBe(1008);
    expect(silent.got.at(-1)).toMatchObject({ type: "system", event: "disconnected" });
    await vi.waitFor(() => expect(other.got).toHaveLength(21));
    expect(test.server.connections).toBe(1);
    await test.close();
  });

  it("cuts a client whose socket does not drain", async () => {
    const test = await startTestServer({ maxBufferedBytes: 200_000 });
    const { url } = await test.realtime.negotiate(TENANT, "usr_1");
    const socket = new WebSocket(url, "json.webpubsub.azure.v1");
    await new Promise((resolve) => socket.once("message", resolve));
    socket.pause();
    const large = { ...message("evt"), data: "x".repeat(100_000) };
    for (let n = 0; n < 200 && test.server.connections > 0; n++) {
      await test.realtime.publish(TENANT, [large]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(test.server.connections).toBe(0);
    socket.terminate();
    await test.close();
  });
});
