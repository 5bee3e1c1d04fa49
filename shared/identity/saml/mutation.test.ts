import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { SamlRefused } from "./refusal.ts";
import { readResponse } from "./response.ts";
import { EACH, EXPECTED, genuine, type Keys, newKeys, trustIn } from "./testing/attacks/attack.ts";

let keys: Keys;
beforeAll(() => {
  keys = newKeys();
});

/** What comes of a message, or that it was refused. */
async function outcome(bytes: Buffer, signed: (typeof EACH)[number]): Promise<unknown> {
  try {
    return await readResponse(bytes.toString("base64"), trustIn(keys, signed), EXPECTED);
  } catch (error) {
    // Anything else would be a fault of ours.
    if (error instanceof SamlRefused) return "refused";
    throw error;
  }
}

it.each(EACH)("no byte of a message makes somebody else of it, where %s is signed", async (signed) => {
  const message = Buffer.from(genuine(keys, signed));
  const genuineOutcome = await outcome(message, signed);
  expect(genuineOutcome).toMatchObject({ subject: "anna" });
  const mutation = fc.record({
    at: fc.nat(message.length - 1),
    to: fc.nat(255),
    length: fc.constantFrom(0, 1, 1, 1, 2),
  });
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(mutation, async ({ at, to, length }) => {
      const mutated = Buffer.concat([message.subarray(0, at), Buffer.from([to]), message.subarray(at + length)]);
      const result = await outcome(mutated, signed);
      if (result === "refused") refused++;
      else expect(result).toEqual(genuineOutcome);
    }),
    { numRuns: 1500 },
  );
  expect(refused).toBeGreaterThan(1000);
});

it("no byte of what is signed can be another at all", async () => {
  const message = Buffer.from(genuine(keys, "assertion"));
  const text = message.toString();
  // From the subject on, between the tags' own white space, every byte counts.
  const [from, to] = [text.indexOf("<saml:Subject>"), text.indexOf("</saml:Assertion>")];
  const places = Array.from({ length: to - from }, (_, n) => from + n).filter((at) => !/[\s"/]/.test(text[at] ?? ""));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places), fc.integer({ min: 33, max: 126 }), async (at, byte) => {
      fc.pre(message[at] !== byte);
      const mutated = Buffer.from(message);
      mutated[at] = byte;
      expect(await outcome(mutated, "assertion")).toBe("refused");
    }),
    { numRuns: 1500 },
  );
});
