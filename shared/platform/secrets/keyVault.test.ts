import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Problem } from "../errors.ts";
import { keyVaultKeyRing, SECRETS_KEY_NAME, type Vault } from "./keyVault.ts";
import { secretsWith } from "./secrets.ts";

class FakeVault {
  readonly versions = new Map<string, string>();
  asked = 0;
  failure: Error | undefined;
  add(version: string, value: string = randomBytes(32).toString("base64")): void {
    this.versions.set(version, value);
  }
  open(): Vault {
    return {
      getSecret: async (name, options) => {
        this.asked++;
        if (this.failure !== undefined) throw this.failure;
        const version = options?.version ?? [...this.versions.keys()].at(-1);
        const value = version === undefined ? undefined : this.versions.get(version);
        if (name !== SECRETS_KEY_NAME || version === undefined || value === undefined)
          throw Object.assign(new Error("SecretNotFound"), { statusCode: 404 });
        return { name, value, properties: { vaultUrl: "https://vault.example", name, version } };
      },
    };
  }
}

function ringOf(vault: FakeVault, now: () => number = () => 0) {
  const credential = () => Promise.reject(new Error("Not needed"));
  return keyVaultKeyRing({
    keyVaultUri: "https://vault.example",
    credential,
    openVault: async () => vault.open(),
    now,
  });
}

describe("keys from Key Vault", () => {
  it("are asked for once, however many want them at once", async () => {
    const vault = new FakeVault();
    vault.add("a");
    const secrets = secretsWith(ringOf(vault));
    const ciphertexts = await Promise.all(Array.from({ length: 10 }, () => secrets.encrypt("token", "here")));
    for (const ciphertext of ciphertexts) expect(await secrets.decrypt(ciphertext, "here")).toBe("token");
    expect(vault.asked).toBe(1);
  });

  it("rotate: a new version encrypts after a while, the old one still decrypts", async () => {
    const vault = new FakeVault();
    let now = 0;
    vault.add("a");
    const secrets = secretsWith(ringOf(vault, () => now));
    const old = await secrets.encrypt("token", "here");
    vault.add("b");
    expect(await secrets.encrypt("token", "here")).toMatch(/^v1\.a\./);
    now = 16 * 60 * 1000;
    expect(await secrets.encrypt("token", "here")).toMatch(/^v1\.b\./);
    expect(await secrets.decrypt(old, "here")).toBe("token");
    expect(await secretsWith(ringOf(vault)).decrypt(old, "here")).toBe("token");
  });

  it("are gone when their version was deleted", async () => {
    const vault = new FakeVault();
    vault.add("a");
    const ciphertext = await secretsWith(ringOf(vault)).encrypt("token", "here");
    vault.versions.clear();
    await expect(secretsWith(ringOf(vault)).decrypt(ciphertext, "here")).rejects.toThrow(/its key is gone/);
  });

  it("are unavailable while the vault is, and then come back", async () => {
    const vault = new FakeVault();
    vault.add("a");
    const secrets = secretsWith(ringOf(vault));
    vault.failure = Object.assign(new Error("down"), { statusCode: 503 });
    await expect(secrets.encrypt("token", "here")).rejects.toThrow(Problem);
    await expect(secrets.decrypt(`v1.a.${"A".repeat(16)}.${"A".repeat(22)}.AA`, "here")).rejects.toMatchObject({
      code: "unavailable",
    });
    vault.failure = undefined;
    expect(await secrets.decrypt(await secrets.encrypt("token", "here"), "here")).toBe("token");
  });

  it("stay in use while the vault is out, and are asked for again within a minute of its return", async () => {
    const vault = new FakeVault();
    let now = 0;
    vault.add("a");
    const secrets = secretsWith(ringOf(vault, () => now));
    await secrets.encrypt("token", "here");
    vault.add("b");
    vault.failure = Object.assign(new Error("down"), { statusCode: 503 });
    now = 20 * 60 * 1000;
    expect(await secrets.encrypt("token", "here")).toMatch(/^v1\.a\./);
    expect(await secrets.encrypt("token", "here")).toMatch(/^v1\.a\./);
    expect(vault.asked).toBe(2);
    vault.failure = undefined;
    now += 60 * 1000;
    expect(await secrets.encrypt("token", "here")).toMatch(/^v1\.b\./);
  });

  it("are not used any longer when the newest was taken away", async () => {
    const vault = new FakeVault();
    let now = 0;
    vault.add("a");
    const secrets = secretsWith(ringOf(vault, () => now));
    await secrets.encrypt("token", "here");
    vault.failure = Object.assign(new Error("Operation get is not allowed on a disabled secret."), { statusCode: 403 });
    now = 20 * 60 * 1000;
    await expect(secrets.encrypt("token", "here")).rejects.toMatchObject({ cause: { trouble: "incomplete" } });
  });

  it("need a role, which is named", async () => {
    const vault = new FakeVault();
    vault.add("a");
    vault.failure = Object.assign(new Error("Caller is not authorized to perform action on resource."), {
      statusCode: 403,
      code: "Forbidden",
    });
    const secrets = secretsWith(ringOf(vault));
    const denied = {
      code: "unavailable",
      cause: { trouble: "denied", message: expect.stringMatching(/Secrets User/) },
    };
    await expect(secrets.encrypt("token", "here")).rejects.toMatchObject(denied);
    await expect(secrets.ping()).rejects.toMatchObject(denied);
    vault.failure = undefined;
    await secrets.ping();
  });

  it("are pinged once a minute at most, and each time while that fails", async () => {
    const vault = new FakeVault();
    let now = 0;
    const secrets = secretsWith(ringOf(vault, () => now));
    await expect(secrets.ping()).rejects.toMatchObject({ cause: { trouble: "incomplete" } });
    vault.add("a");
    await secrets.ping();
    now = 59_000;
    await secrets.ping();
    expect(vault.asked).toBe(2);
    now = 60_000;
    vault.failure = Object.assign(new Error("down"), { statusCode: 503 });
    await expect(secrets.ping()).rejects.toMatchObject({ code: "unavailable" });
  });

  it("must be 32 bytes", async () => {
    const vault = new FakeVault();
    vault.add("a", "c2hvcnQ=");
    await expect(secretsWith(ringOf(vault)).encrypt("token", "here")).rejects.toMatchObject({ code: "unavailable" });
  });
});
