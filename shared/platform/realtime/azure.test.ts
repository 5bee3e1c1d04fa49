import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { AzureKeyCredential, WebPubSubServiceClient } from "@azure/web-pubsub";
import { decodeJwt } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TenantId } from "../ids.ts";
import { openAzureRealtime } from "./azure.ts";
import { REALTIME_HUB, type Realtime } from "./port.ts";

const TENANT = TenantId.parse("ten_00000000000000000001");
const GROUP = encodeURIComponent(`tenant:${TENANT}`);

describe("realtime by Web PubSub", () => {
  let server: Server;
  let realtime: Realtime;
  let status = 202;
  let requests: { line: string; body: string }[] = [];

  beforeEach(async () => {
    requests = [];
    status = 202;
    server = createServer(async (request, response) => {
      const path = new URL(request.url ?? "/", "http://x").pathname;
      requests.push({ line: `${request.method} ${path}`, body: await text(request) });
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const key = new AzureKeyCredential("a key of the tests, long enough for HS256");
    const options = { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } };
    const credential = () => Promise.reject(new Error("Not needed"));
    const openClient = async () => new WebPubSubServiceClient(endpoint, key, REALTIME_HUB, options);
    realtime = openAzureRealtime({ endpoint, credential, openClient });
  });
  afterEach(() => new Promise<unknown>((resolve) => server.close(resolve)));

  it("sends each message to the tenant's group, in order", async () => {
    const message = { type: "message.received", at: "2026-01-01T00:00:00Z", subject: "cnv_1", data: { text: "Hi" } };
    await realtime.publish(TENANT, [
      { ...message, id: "evt_1" },
      { ...message, id: "evt_2" },
    ]);
    expect(requests.map(({ line }) => line)).toEqual([
      `POST /api/hubs/desk/groups/${GROUP}/:send`,
      `POST /api/hubs/desk/groups/${GROUP}/:send`,
    ]);
    expect(requests.map(({ body }) => JSON.parse(body))).toEqual([
      { ...message, id: "evt_1" },
      { ...message, id: "evt_2" },
    ]);
  });

  it("gives a user an address with the tenant's group alone", async () => {
    const { url, expiresIn } = await realtime.negotiate(TENANT, "usr_1");
    const [address, token = ""] = url.split("?access_token=");
    expect(address).toMatch(/^ws:.*\/client\/hubs\/desk$/);
    expect(decodeJwt(token)).toMatchObject({
      sub: `${TENANT}.usr_1`,
      "webpubsub.group": [`tenant:${TENANT}`],
      role: [`webpubsub.joinLeaveGroup.tenant:${TENANT}`],
    });
    expect(expiresIn).toBe(300);
  });

  it("closes a user's connections", async () => {
    status = 204;
    await realtime.closeUser(TENANT, "usr_1");
    expect(requests[0]?.line).toBe(`POST /api/hubs/desk/users/${TENANT}.usr_1/:closeConnections`);
  });

  it("is unavailable when the service is", async () => {
    status = 503;
    await expect(
      realtime.publish(TENANT, [{ type: "t", id: "e", at: "", subject: "s", data: {} }]),
    ).rejects.toMatchObject({
      code: "unavailable",
    });
    await expect(realtime.ping()).rejects.toMatchObject({ code: "unavailable" });
  });

  it.each([401, 403])("names the role that is wanting when the service answers %s", async (refusal) => {
    status = refusal;
    const denied = {
      code: "unavailable",
      cause: { trouble: "denied", message: expect.stringMatching(/PubSub Service Owner/) },
    };
    await expect(realtime.ping()).rejects.toMatchObject(denied);
    await expect(realtime.closeUser(TENANT, "usr_1")).rejects.toMatchObject(denied);
  });

  it("pings with a question that any group answers", async () => {
    status = 404;
    await realtime.ping();
    expect(requests[0]?.line).toBe("HEAD /api/hubs/desk/groups/ping");
  });
});
