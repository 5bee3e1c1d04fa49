import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readOrCreateKeyFile } from "./keyFile.ts";
import { fileKeyRing } from "./keyRing.ts";
import { openSecrets, SecretUnreadable, secretsWith } from "./secrets.ts";

const CONTEXT = "ten_1 whatsapp-channels wac_1 accessToken";
const secrets = secretsWith(fileKeyRing([randomBytes(32)]));

describe("secrets", () => {
  it("open to what was closed, whatever it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), fc.string(), async (plaintext, context) => {
        const ciphertext = await secrets.encrypt(plaintext, context);
        expect(ciphertext).toMatch(/^v1\.[\w-]+\.[\w-]{16}\.[\w-]{22}\.[\w-]*$/);
        expect(await secrets.decrypt(ciphertext, context)).toBe(plaintext);
      }),
      { numRuns: 50 },
    );
  });

  it("never look the same twice", async () => {
    expect(await secrets.encrypt("token", CONTEXT)).not.toBe(await secrets.encrypt("token", CONTEXT));
  });

  it("do not open in another context", async () => {
    const ciphertext = await secrets.encrypt("token", CONTEXT);
    await expect(secrets.decrypt(ciphertext, `${CONTEXT}x`)).rejects.toThrow(SecretUnreadable);
  });

  it("do not open when any character was changed", async () => {
    const ciphertext = await secrets.encrypt("token", CONTEXT);
    for (let at = 0; at < ciphertext.length; at++) {
      const changed = `${ciphertext.slice(0, at)}${ciphertext.charAt(at) === "A" ? "B" : "A"}${ciphertext.slice(at + 1)}`;
      await expect(secrets.decrypt(changed, CONTEXT), `changed at ${at}`).rejects.toThrow(SecretUnreadable);
    }
  });

  it.each(["", "v1", "v1.a.b.c.d", "v2.a.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA.", "token", ".".repeat(100_000)])(
    "do not open from %.20j",
    async (text) => {
      await expect(secrets.decrypt(text, CONTEXT)).rejects.toThrow(SecretUnreadable);
    },
  );

  it("do not open with a shortened tag", async () => {
    const [version, id, iv, tag, data] = (await secrets.encrypt("token", CONTEXT)).split(".");
    const short = [version, id, iv, tag?.slice(0, 6), data].join(".");
    await expect(secrets.decrypt(short, CONTEXT)).rejects.toThrow(SecretUnreadable);
  });

  it("tell a key that is gone", async () => {
    const ciphertext = await secrets.encrypt("token", CONTEXT);
    const others = secretsWith(fileKeyRing([randomBytes(32)]));
    await expect(others.decrypt(ciphertext, CONTEXT)).rejects.toThrow(/its key is gone/);
  });

  it("do not open when the key's id was exchanged for another one that exists", async () => {
    const keys = [randomBytes(32), randomBytes(32)] as const;
    const ciphertext = await secretsWith(fileKeyRing([keys[0]])).encrypt("token", CONTEXT);
    const otherId = (await fileKeyRing([keys[1]]).newest()).id;
    const swapped = ciphertext.replace(/^v1\.[^.]+/, `v1.${otherId}`);
    await expect(secretsWith(fileKeyRing(keys)).decrypt(swapped, CONTEXT)).rejects.toThrow(SecretUnreadable);
  });

  it("stay readable after a rotation, and use the newest key", async () => {
    const [old, young] = [randomBytes(32), randomBytes(32)];
    const ciphertext = await secretsWith(fileKeyRing([old])).encrypt("token", CONTEXT);
    const rotated = secretsWith(fileKeyRing([young, old]));
    expect(await rotated.decrypt(ciphertext, CONTEXT)).toBe("token");
    const anew = await rotated.encrypt("token", CONTEXT);
    expect(await secretsWith(fileKeyRing([young])).decrypt(anew, CONTEXT)).toBe("token");
  });
});

describe("the key file", () => {
  let folder = "";
  let keyFile = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cordboard-secrets-"));
    keyFile = join(folder, "data", "secrets.key");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is made on first use, for its owner only, and serves the next start", async () => {
    const ciphertext = await openSecrets({ keyFile }).encrypt("token", CONTEXT);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(readFileSync(keyFile, "utf8")).toMatch(/^[0-9a-f]{64}\n$/);
    expect(readdirSync(join(folder, "data"))).toEqual(["secrets.key"]);
    expect(await openSecrets({ keyFile }).decrypt(ciphertext, CONTEXT)).toBe("token");
  });

  it.each([0o640, 0o604, 0o620, 0o644])("is refused with mode %o", (mode) => {
    openSecrets({ keyFile });
    chmodSync(keyFile, mode);
    expect(() => openSecrets({ keyFile })).toThrow(/has mode 06.*chmod 600/);
  });

  it.each(["", "not a key\n", "abcd\n", `${"g".repeat(64)}\n`])(
    "is refused with contents %j, which are not shown",
    (text) => {
      openSecrets({ keyFile });
      writeFileSync(keyFile, text);
      expect(() => openSecrets({ keyFile })).toThrow(/is empty|not 64 hex digits/);
      if (text !== "") expect(() => openSecrets({ keyFile })).not.toThrow(text.trim());
    },
  );

  it("takes a new key above the old", () => {
    const [first] = readOrCreateKeyFile(keyFile);
    const added = randomBytes(32);
    writeFileSync(keyFile, `${added.toString("hex")}\n${first.toString("hex")}\n`);
    expect(readOrCreateKeyFile(keyFile)).toEqual([added, first]);
  });
});
