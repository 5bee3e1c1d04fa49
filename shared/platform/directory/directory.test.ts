import { describe, expect, it } from "vitest";
import { openSqliteDocuments } from "../documents/sqlite/documents.ts";
import { TenantId } from "../ids.ts";
import { fixedClock } from "../testing/fixedClock.ts";
import { Directory } from "./directory.ts";

const one = TenantId.parse("ten_00000000000000000001");
const two = TenantId.parse("ten_00000000000000000002");
const open = () => new Directory(openSqliteDocuments({ file: ":memory:", clock: fixedClock() }));

describe("directory", () => {
  it("gives an address to the first who claims it, also when they claim it again", async () => {
    const directory = open();
    expect(await directory.claim("slug", "acme", { tenantId: one })).toBe(true);
    expect(await directory.claim("slug", "acme", { tenantId: one })).toBe(true);
    expect(await directory.claim("slug", "acme", { tenantId: two })).toBe(false);
    expect(await directory.find("slug", "acme")).toEqual({ tenantId: one });
  });

  it("keeps a phone number with one channel, even within a tenant", async () => {
    const directory = open();
    await directory.claim("whatsapp-phone-number-id", "1", { tenantId: one, channelId: "sales" });
    expect(await directory.claim("whatsapp-phone-number-id", "1", { tenantId: one, channelId: "support" })).toBe(false);
  });

  it("releases only what is the tenant's own, and kinds do not mix", async () => {
    const directory = open();
    await directory.claim("slug", "acme", { tenantId: one });
    await directory.release("slug", "acme", { tenantId: two });
    expect(await directory.find("slug", "acme")).toBeDefined();
    expect(await directory.find("webhook-key", "acme")).toBeUndefined();
    await directory.release("slug", "acme", { tenantId: one });
    expect(await directory.claim("slug", "acme", { tenantId: two })).toBe(true);
  });
});
