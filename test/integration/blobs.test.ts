import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Azurite, startAzurite } from "../../local/azurite.ts";
import { openBlobs } from "../../shared/platform/blobs/azureBlobs.ts";
import type { Blobs } from "../../shared/platform/blobs/port.ts";
import { azuriteConnectionString } from "../../shared/platform/config/azurite.ts";
import { TenantId } from "../../shared/platform/ids.ts";

const ONE = TenantId.parse("ten_00000000000000000001");
const OTHER = TenantId.parse("ten_00000000000000000002");
const JPEG = { contentType: "image/jpeg", maxBytes: 10_000_000 };

describe("blobs on Azurite", () => {
  const folder = mkdtempSync(join(tmpdir(), "cordboard-blobs-"));
  let azurite: Azurite;
  let blobs: Blobs;

  beforeAll(async () => {
    azurite = await startAzurite({ folder, port: 0, inMemory: true });
    blobs = openBlobs({ connectionString: azurite.connectionString });
  }, 30_000);
  afterAll(async () => {
    await azurite.stop();
    rmSync(folder, { recursive: true });
  });

  async function content(tenantId: TenantId, name: string, range?: { start: number; end: number }) {
    const found = await blobs.read(tenantId, name, range);
    return found && { ...found, content: await buffer(found.content) };
  }

  it.each([0, 1, 1024 * 1024, 3_500_000])("give back %i bytes as they came, with their hash", async (size) => {
    const bytes = randomBytes(size);
    const written = await blobs.write(ONE, `media/${size}`, Readable.from([bytes]), JPEG);
    expect(written).toEqual({ size, sha256: createHash("sha256").update(bytes).digest("hex") });
    const read = await content(ONE, `media/${size}`);
    expect(read).toMatchObject({ size, contentType: "image/jpeg" });
    expect(read?.content.equals(bytes)).toBe(true);
  });

  it("read ranges, cut at the end, with the whole size", async () => {
    await blobs.write(ONE, "digits", Readable.from([Buffer.from("0123456789")]), JPEG);
    expect((await content(ONE, "digits", { start: 2, end: 4 }))?.content.toString()).toBe("234");
    expect(await content(ONE, "digits", { start: 8, end: 99 })).toMatchObject({ size: 10, content: Buffer.from("89") });
    await expect(blobs.read(ONE, "digits", { start: 10, end: 12 })).rejects.toMatchObject({
      code: "range-not-satisfiable",
    });
    await expect(blobs.read(ONE, "digits", { start: 3, end: 2 })).rejects.toMatchObject({
      code: "range-not-satisfiable",
    });
  });

  it("belong to one tenant", async () => {
    await blobs.write(ONE, "mine", Readable.from([Buffer.from("mine")]), JPEG);
    expect(await blobs.read(OTHER, "mine")).toBeUndefined();
    for (const name of [
      `../${ONE}/mine`,
      "a/../../mine",
      "/mine",
      "",
      ".",
      "a//b",
      "a%2fb",
      "a\\b",
      "é",
      "a".repeat(513),
    ])
      await expect(blobs.read(OTHER, name), name).rejects.toThrow(RangeError);
  });

  it("break off at the first byte too many and leave nothing", async () => {
    let made = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(64 * 1024, made++);
      })(),
    );
    const limited = blobs.write(ONE, "endless", endless, { ...JPEG, maxBytes: 3_000_000 });
    await expect(limited).rejects.toMatchObject({ code: "too-large" });
    expect(made).toBeLessThan(60);
    expect(endless.destroyed).toBe(true);
    expect(await blobs.read(ONE, "endless")).toBeUndefined();
    const exact = await blobs.write(ONE, "exact", Readable.from([Buffer.alloc(100)]), { ...JPEG, maxBytes: 100 });
    expect(exact.size).toBe(100);
  });

  it("leave nothing when the source breaks, and say why", async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.alloc(2_000_000);
        throw new Error("The line went dead");
      })(),
    );
    await expect(blobs.write(ONE, "broken", broken, JPEG)).rejects.toThrow("The line went dead");
    expect(await blobs.read(ONE, "broken")).toBeUndefined();
  });

  it("keep what stood there when its replacement fails", async () => {
    await blobs.write(ONE, "kept", Readable.from([Buffer.from("old")]), JPEG);
    const tooLarge = blobs.write(ONE, "kept", Readable.from([Buffer.from("newer")]), { ...JPEG, maxBytes: 4 });
    await expect(tooLarge).rejects.toMatchObject({ code: "too-large" });
    expect((await content(ONE, "kept"))?.content.toString()).toBe("old");
  });

  it("are removed, also twice", async () => {
    await blobs.write(ONE, "gone", Readable.from([Buffer.from("x")]), JPEG);
    await blobs.remove(ONE, "gone");
    await blobs.remove(ONE, "gone");
    expect(await blobs.read(ONE, "gone")).toBeUndefined();
  });

  it("answer a ping", async () => {
    await expect(blobs.ping()).resolves.toBeUndefined();
  });
});

describe("blobs whose service is down", () => {
  it("are unavailable, let go of the source, and come back", async () => {
    let status = 503;
    const server = createServer((_request, response) => response.writeHead(status, { "x-ms-request-id": "1" }).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/devstoreaccount1`;
    const blobs = openBlobs({ connectionString: azuriteConnectionString(uri) });
    const source = Readable.from([Buffer.from("x")]);
    await expect(blobs.write(ONE, "x", source, JPEG)).rejects.toMatchObject({ code: "unavailable" });
    expect(source.destroyed).toBe(true);
    await expect(blobs.ping()).rejects.toMatchObject({ code: "unavailable" });
    status = 403;
    const message = expect.stringMatching(/Storage Blob Data Contributor/);
    await expect(blobs.ping()).rejects.toMatchObject({ code: "unavailable", cause: { trouble: "denied", message } });
    status = 201;
    expect((await blobs.write(ONE, "x", Readable.from([Buffer.from("x")]), JPEG)).size).toBe(1);
    await new Promise<unknown>((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  });
});
