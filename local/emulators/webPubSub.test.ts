import { SignJWT } from "jose";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WEB_PUBSUB_EMULATOR_KEY } from "../../shared/platform/config/emulators.ts";
import { TenantId } from "../../shared/platform/ids.ts";
import { openAzureRealtime } from "../../shared/platform/realtime/azure.ts";
import type { Realtime } from "../../shared/platform/realtime/port.ts";
import { type PubSubClient, pubSubPackage } from "../realtime/testServer.ts";
import { startWebPubSubEmulator, type WebPubSubEmulator } from "./webPubSub.ts";

const TENANT = TenantId.parse("ten_00000000000000000001");
const OTHER = TenantId.parse("ten_00000000000000000002");

function message(id: string) {
  return { type: "message.received", id, at: "2026-01-01T00:00:00Z", subject: "cnv_1", data: { text: "Höi" } };
}

describe("the Web PubSub emulator, asked by Azure's SDKs", () => {
  let emulator: WebPubSubEmulator;
  let realtime: Realtime;
  const clients: PubSubClient[] = [];

  const open = (key: string) =>
    openAzureRealtime({ endpoint: emulator.endpoint, key, credential: () => Promise.reject(new Error("Not asked")) });

  beforeEach(async () => {
    emulator = await startWebPubSubEmulator();
    realtime = open(WEB_PUBSUB_EMULATOR_KEY);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.stop();
    await emulator.close();
  });

  async function connect(tenantId: TenantId, userId: string, options: object = { autoReconnect: false }) {
    const credential = { getClientAccessUrl: async () => (await realtime.negotiate(tenantId, userId)).url };
    const client = new pubSubPackage.WebPubSubClient(credential, options);
    const received: unknown[] = [];
    const disconnected: unknown[] = [];
    client.on("group-message", (event) => received.push(event.message.data));
    client.on("disconnected", (event) => disconnected.push(event.message?.message));
    clients.push(client);
    await client.start();
    return { client, received, disconnected };
  }

  it("brings a tenant's messages to its desks alone, in order", async () => {
    const mine = await connect(TENANT, "usr_1");
    const theirs = await connect(OTHER, "usr_1");
    const messages = Array.from({ length: 20 }, (_, index) => message(`evt_${index}`));
    await realtime.publish(TENANT, messages);
    await vi.waitFor(() => expect(mine.received).toHaveLength(20));
    expect(mine.received).toEqual(messages);
    expect(theirs.received).toEqual([]);
  });

  it("closes a user's connections, and theirs alone", async () => {
    const mine = await connect(TENANT, "usr_1");
    const theirs = await connect(OTHER, "usr_1");
    await realtime.closeUser(TENANT, "usr_1");
    await vi.waitFor(() => expect(mine.disconnected).toHaveLength(1));
    await realtime.publish(OTHER, [message("evt_1")]);
    await vi.waitFor(() => expect(theirs.received).toHaveLength(1));
  });

  it("answers a ping, and is unavailable to another key and when it is gone", async () => {
    await realtime.ping();
    const stranger = open(`${WEB_PUBSUB_EMULATOR_KEY}?`);
    await expect(stranger.ping()).rejects.toMatchObject({ code: "unavailable" });
    await expect(stranger.publish(TENANT, [message("evt_1")])).rejects.toMatchObject({ code: "unavailable" });
    await emulator.close();
    await expect(realtime.ping()).rejects.toMatchObject({ code: "unavailable" });
    emulator = await startWebPubSubEmulator();
  });

  it("wants a token of its key for the very address, that runs out", async () => {
    const path = `/api/hubs/desk/groups/ping?api-version=2024-12-01`;
    const statusWith = async (audience: string, expires: string | undefined) => {
      const jwt = new SignJWT().setProtectedHeader({ alg: "HS256" }).setAudience(audience);
      if (expires !== undefined) jwt.setExpirationTime(expires);
      const token = await jwt.sign(new TextEncoder().encode(WEB_PUBSUB_EMULATOR_KEY));
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`${emulator.endpoint}${path}`, { method: "HEAD", headers })).status;
    };
    const address = `${emulator.endpoint}${path}`;
    expect(await statusWith(address, "1h")).toBe(404);
    await connect(TENANT, "usr_1");
    expect(await statusWith(address.replace("/ping", `/${encodeURIComponent(`tenant:${TENANT}`)}`), "1h")).toBe(401);
    expect(await statusWith(address, "-1s")).toBe(401);
    expect(await statusWith(address, undefined)).toBe(401);
  });
});
