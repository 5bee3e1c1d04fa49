import { beforeAll, describe, expect, it } from "vitest";
import { SAML_REFUSALS, SamlRefused } from "./refusal.ts";
import { readResponse } from "./response.ts";
import { EXPECTED, type Keys, newKeys, trustIn } from "./testing/attacks/attack.ts";
import { CLAIMS } from "./testing/attacks/claims.ts";
import { DOCUMENTS } from "./testing/attacks/documents.ts";
import { ENCRYPTION } from "./testing/attacks/encryption.ts";
import { SIGNATURES } from "./testing/attacks/signatures.ts";
import { WRAPPING } from "./testing/attacks/wrapping.ts";
import { encoded } from "./testing/signing.ts";

const ATTACKS = [...WRAPPING, ...SIGNATURES, ...DOCUMENTS, ...ENCRYPTION, ...CLAIMS];

let keys: Keys;
beforeAll(() => {
  keys = newKeys();
});

it("is forged for each reason to refuse one", () => {
  const reasons = new Set(ATTACKS.map(({ reason }) => reason));
  expect(SAML_REFUSALS.filter((reason) => !reasons.has(reason))).toEqual(["replayed"]);
});

describe("a forged response", () => {
  it.each(ATTACKS)("$name, where $signed must be signed: $reason", async ({ forge, signed, reason, expected }) => {
    const response = encoded(await forge(keys));
    const refusal = readResponse(response, trustIn(keys, signed), { ...EXPECTED, ...expected });
    await expect(refusal).rejects.toThrow(SamlRefused);
    await expect(refusal).rejects.toMatchObject({ reason });
  });
});
