import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TenantId } from "../ids.ts";
import { openLocalRealtime } from "./local.ts";
import { type BridgeCommand, listenOnBridge } from "./localBridge.ts";
import type { Realtime } from "./port.ts";

const TENANT = TenantId.parse("ten_00000000000000000001");
const URL_OF_HUB = "ws://localhost:7071/client/hubs/desk";

describe("local realtime", () => {
  let folder = "";
  let keyFile = "";
  let realtime: Realtime;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cordboard-realtime-"));
    keyFile = join(folder, "realtime.key");
    realtime = openLocalRealtime({ keyFile, url: URL_OF_HUB });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("signs a token for one user in the tenant's group alone, for five minutes", async () => {
    const { url, expiresIn } = await realtime.negotiate(TENANT, "usr_1");
    const [address, token = ""] = url.split("?access_token=");
    expect(address).toBe(URL_OF_HUB);
    expect(expiresIn).toBe(300);
    const key = Buffer.from(readFileSync(keyFile, "utf8").trim(), "hex");
    const { payload } = await jwtVerify(token, key, { audience: URL_OF_HUB, algorithms: ["HS256"] });
    expect(payload).toMatchObject({
      sub: `${TENANT}.usr_1`,
      "webpubsub.group": [`tenant:${TENANT}`],
      role: [`webpubsub.joinLeaveGroup.tenant:${TENANT}`],
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
  });

  it("keeps its key for the next start, for its owner only", async () => {
    const before = readFileSync(keyFile, "utf8");
    openLocalRealtime({ keyFile, url: URL_OF_HUB });
    expect(readFileSync(keyFile, "utf8")).toBe(before);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
  });

  it("hands messages and closings to the server in order, and nothing for nothing", async () => {
    const heard: BridgeCommand[] = [];
    const stop = listenOnBridge((command) => heard.push(command));
    const message = { type: "message.received", id: "evt_1", at: "2026-01-01T00:00:00Z", subject: "cnv_1", data: {} };
    await realtime.publish(TENANT, []);
    await realtime.publish(TENANT, [message, { ...message, id: "evt_2" }]);
    await realtime.closeUser(TENANT, "usr_1");
    stop();
    expect(heard).toEqual([
      { type: "publish", group: `tenant:${TENANT}`, messages: [message, { ...message, id: "evt_2" }] },
      { type: "close-user", userId: `${TENANT}.usr_1` },
    ]);
  });
});
