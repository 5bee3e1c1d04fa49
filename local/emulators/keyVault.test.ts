import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { KEY_VAULT_EMULATOR_TOKEN } from "../../shared/platform/config/emulators.ts";
import { keyVaultKeyRing, SECRETS_KEY_NAME, SIGNING_KEY_NAME } from "../../shared/platform/secrets/keyVault.ts";
import { openSecrets } from "../../shared/platform/secrets/secrets.ts";
import { startKeyVaultEmulator } from "./keyVault.ts";

const folder = mkdtempSync(join(tmpdir(), "cordboard-vault-"));
afterAll(() => rmSync(folder, { recursive: true }));

const credential = () => Promise.reject(new Error("Not asked"));
const known = (keyVaultUri: string, token = KEY_VAULT_EMULATOR_TOKEN) => ({ keyVaultUri, token, credential });

describe("the Key Vault emulator, asked by Azure's SDK", () => {
  it("keeps its keys for the next start", async () => {
    const first = await startKeyVaultEmulator({ folder });
    const ciphertext = await openSecrets(known(first.keyVaultUri)).encrypt("token", "here");
    await first.close();
    const second = await startKeyVaultEmulator({ folder });
    expect(await openSecrets(known(second.keyVaultUri)).decrypt(ciphertext, "here")).toBe("token");
    await second.close();
  });

  it("gives another key to sign with, and finds old versions beside the newest", async () => {
    const before = await startKeyVaultEmulator({ folder });
    const old = await openSecrets(known(before.keyVaultUri)).encrypt("token", "here");
    await before.close();
    const file = join(folder, `${SECRETS_KEY_NAME}.key`);
    writeFileSync(file, `${randomBytes(32).toString("hex")}\n${readFileSync(file, "utf8")}`);

    const after = await startKeyVaultEmulator({ folder });
    const secrets = openSecrets(known(after.keyVaultUri));
    expect(await secrets.decrypt(old, "here")).toBe("token");
    const anew = await secrets.encrypt("token", "here");
    expect(anew.split(".")[1]).not.toBe(old.split(".")[1]);
    const signing = keyVaultKeyRing({ ...known(after.keyVaultUri), secretName: SIGNING_KEY_NAME });
    expect((await signing.newest()).id).not.toBe(anew.split(".")[1]);
    expect(await signing.find("0".repeat(32))).toBeUndefined();
    await after.close();
  });

  it("challenges who comes without its token, and says nothing more", async () => {
    const emulator = await startKeyVaultEmulator({ folder });
    const answer = await fetch(`${emulator.keyVaultUri}/secrets/${SECRETS_KEY_NAME}?api-version=7.5`);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer authorization="https:.*resource="https:/);
    expect(await answer.json()).toEqual({ error: { code: "Unauthorized", message: expect.any(String) } });
    const wrong = openSecrets(known(emulator.keyVaultUri, "another token"));
    await expect(wrong.encrypt("token", "here")).rejects.toMatchObject({ code: "unavailable" });
    await emulator.close();
  });
});
