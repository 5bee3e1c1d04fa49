import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildWeb } from "../../scripts/build.ts";
import { smoke, smokeOptions } from "../../scripts/smoke.ts";
import { freePort, type Installation, startInstallation, temporaryFolder } from "../harness/installation.ts";

const VERIFY_TOKEN = "smoke-verify-token";

async function run(address: string, more: Partial<Parameters<typeof smoke>[0]> = {}) {
  const lines: string[] = [];
  const well = await smoke({ address, wait: 0, ...more }, (line) => lines.push(line));
  return { well, failed: lines.filter((line) => line.startsWith("FAILED")), lines };
}

describe("the smoke test", () => {
  const folder = temporaryFolder();
  let installation: Installation;

  beforeAll(async () => {
    await buildWeb();
    const env = { WHATSAPP_VERIFY_TOKEN: VERIFY_TOKEN };
    installation = await startInstallation({ dataFolder: folder.path, port: await freePort(), env });
  }, 90_000);
  afterAll(async () => {
    await installation.stop();
    folder.remove();
  });

  it("finds an installation well, and that a sign-up is allowed there", async () => {
    const { well, failed, lines } = await run(installation.baseUrl, { signUp: "allowed", verifyToken: VERIFY_TOKEN });
    expect({ well, failed }).toEqual({ well: true, failed: [] });
    expect(lines).toHaveLength(8);
  });

  it("fails where what is configured is another thing", async () => {
    const { well, failed } = await run(installation.baseUrl, { signUp: "refused", verifyToken: "another token" });
    expect(well).toBe(false);
    expect(failed).toEqual([
      expect.stringMatching(/Meta's check: answered 403 forbidden where 200 was due/),
      expect.stringMatching(/sign-ups as it should: answered 201 where 403 was due/),
    ]);
  });

  it("fails where nobody listens, and where something else does", async () => {
    const nobody = await run(`http://127.0.0.1:${await freePort()}`);
    expect(nobody.failed).toHaveLength(7);
    expect(nobody.failed[0]).toMatch(/no answer \(ECONNREFUSED\)/);
    const server = createServer((_request, response) =>
      response.setHeader("content-type", "text/html").end("<h1>It works"),
    );
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const address = server.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    const { failed } = await run(`http://127.0.0.1:${port}`);
    server.close();
    expect(failed).toHaveLength(7);
  });

  it("waits for an installation that is still starting", async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      response.writeHead(++asked > 1 ? 200 : 503, { "content-type": "application/json" });
      response.end(JSON.stringify({ status: "ok", dependencies: { documents: "ok" } }));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const address = server.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    const { lines } = await run(`http://127.0.0.1:${port}`, { wait: 3000 });
    server.close();
    expect(lines[0]).toMatch(/^ok {6}it is healthy/);
  });
});

describe("its command line", () => {
  it("is an address and what to expect", () => {
    const args = ["https://cordboard.example.com", "--sign-up", "refused", "--wait", "30"];
    expect(smokeOptions(args, { WHATSAPP_VERIFY_TOKEN: "t" })).toEqual({
      address: "https://cordboard.example.com",
      signUp: "refused",
      verifyToken: "t",
      wait: 30_000,
    });
  });

  it.each([
    [[]],
    [["cordboard.example.com"]],
    [["https://a", "https://b"]],
    [["https://a", "--sign-up", "maybe"]],
    [["https://a", "--wait", "long"]],
  ])("is not understood otherwise: %j", (args) => {
    expect(smokeOptions(args, {})).toBeUndefined();
  });
});
