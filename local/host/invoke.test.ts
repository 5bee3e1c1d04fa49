import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHost, type Host } from "./host.ts";
import { bundleFixture, collectLog, TEST_CONFIG, temporaryFolder } from "./testing.ts";

describe("hooks of the library", () => {
  const folder = temporaryFolder();
  const { lines, log } = collectLog();
  let host: Host;
  let base = "";
  beforeAll(async () => {
    const bundle = await bundleFixture("hooks", folder.path);
    host = await createHost({ bundle, config: TEST_CONFIG, dataFolder: folder.path, logger: log });
    base = `http://127.0.0.1:${await host.start(0)}/api/hooked`;
  });
  afterAll(async () => {
    await host.stop();
    folder.remove();
  });

  it("may wrap the handler, share data and change the result", async () => {
    const response = await fetch(`${base}/fine`);
    expect(await response.json()).toEqual({ wrapped: { status: 200 } });
    expect(response.headers.get("x-hook")).toBe("pre");
  });

  it("may turn an error into a result, or leave it", async () => {
    expect((await fetch(`${base}/forgiven`)).status).toBe(299);
    expect((await fetch(`${base}/failed`)).status).toBe(500);
    expect(lines.at(-1)).toMatchObject({ functionName: "hooked", message: "Error: not forgiven" });
  });

  it("may change log lines, which carry function and invocation", async () => {
    lines.length = 0;
    await fetch(`${base}/fine`);
    const user = lines.filter((line) => line.category === "user");
    expect(user.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      "warning: redacted",
      "information: plain text",
    ]);
    expect(user[0]).toMatchObject({ functionName: "hooked", invocationId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  });
});
