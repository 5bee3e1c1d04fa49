import { beforeAll, describe, expect, it } from "vitest";
import { readResponse } from "./response.ts";
import { EACH, EXPECTED, genuine, type Keys, newKeys, type Signed, trustIn } from "./testing/attacks/attack.ts";
import { minutes, NOW, responseXml, type Said, saying } from "./testing/said.ts";
import { CBC, GCM, samlifyProvider } from "./testing/samlifyProvider.ts";
import { encoded, newPair, sign } from "./testing/signing.ts";

let keys: Keys;
beforeAll(() => {
  keys = newKeys();
});

const ANNA = {
  issuer: EXPECTED.issuer,
  subject: "anna",
  attributes: new Map([
    ["email", ["anna@acme.test"]],
    ["groups", ["support", "night shift"]],
  ]),
};

const read = (response: string, signed: Signed, expected: Partial<typeof EXPECTED> = {}) =>
  readResponse(response, trustIn(keys, signed), { ...EXPECTED, ...expected });

describe("a response by samlify as the identity provider", () => {
  const ways = EACH.flatMap((signed) =>
    [undefined, GCM, CBC]
      // What could be changed unnoticed needs the response's signature around it.
      .filter((algorithm) => algorithm !== CBC || signed !== "assertion")
      .map((algorithm) => ({ signed, algorithm })),
  );
  it.each(ways)("is read where $signed is signed, encrypted with $algorithm", async ({ signed, algorithm }) => {
    const encryption =
      algorithm === undefined ? {} : { encryption: { certificate: keys.service.certificate, algorithm } };
    const provider = samlifyProvider({ pair: keys.provider, signed, ...encryption });
    const said = saying();
    const assertion = await read(await provider.answer(said), signed);
    expect(assertion).toEqual({ ...ANNA, id: said.assertionId, expiresAt: minutes(8) });
  });

  it("is read with more signed than must be", async () => {
    const provider = samlifyProvider({ pair: keys.provider, signed: "both" });
    for (const signed of EACH) expect(await read(await provider.answer(saying()), signed)).toMatchObject(ANNA);
  });
});

describe("the provider's certificates", () => {
  it.each(EACH)("are two while it changes its key, and either fits, where %s is signed", async (signed) => {
    const next = newPair("next");
    const certificates = [keys.provider.certificate, next.certificate];
    const trust = { ...trustIn(keys, signed), certificates };
    for (const provider of [keys.provider, next])
      expect(await readResponse(encoded(genuine({ provider }, signed)), trust, EXPECTED)).toMatchObject(ANNA);
    const only = { ...trust, certificates: [next.certificate] };
    const old = readResponse(encoded(genuine(keys, signed)), only, EXPECTED);
    await expect(old).rejects.toMatchObject({ reason: "signature-invalid" });
  });

  it("are taken for the keys in them, also past their own dates", async () => {
    const provider = newPair("old", "2020-01-01", "2021-01-01");
    const trust = { ...trustIn(keys, "assertion"), certificates: [provider.certificate] };
    expect(await readResponse(encoded(genuine({ provider }, "assertion")), trust, EXPECTED)).toMatchObject(ANNA);
  });

  it("count, and not what a signature brings along", async () => {
    const { provider, foreign } = keys;
    const xml = genuine({ provider: { ...provider, certificate: foreign.certificate } }, "assertion");
    expect(xml).toContain(foreign.certificate.split("\n")[1]);
    expect(await read(encoded(xml), "assertion")).toMatchObject(ANNA);
  });
});

describe("what a response may be", () => {
  const taken = async (said: Partial<Said>, expected: Partial<typeof EXPECTED> = {}) =>
    read(encoded(genuine(keys, "assertion", said)), "assertion", expected);

  it("answers no request where the organisation allows that", async () => {
    const given = { requestId: undefined, allowUnsolicited: true };
    expect(await taken({ inResponseTo: undefined }, given)).toMatchObject(ANNA);
  });

  it.each<[string, Partial<Said>]>([
    ["conditions end", { notOnOrAfter: minutes(-2.99) }],
    ["the confirmation ends", { confirmedUntil: minutes(-2.99) }],
    ["the session ends", { sessionUntil: minutes(-2.99) }],
    ["it is ten minutes old", { issuedAt: minutes(-12.99) }],
    ["conditions begin", { notBefore: minutes(3) }],
    ["it is made", { issuedAt: minutes(3) }],
  ])("is apart by three minutes from our clock, when %s", async (_, said) => {
    expect(await taken(said)).toMatchObject(ANNA);
  });

  it("cannot be shown again once it is remembered no more", async () => {
    const { expiresAt } = await taken({
      issuedAt: minutes(-5),
      confirmedUntil: minutes(600),
      notOnOrAfter: minutes(600),
    });
    expect(expiresAt).toEqual(minutes(8));
    await expect(
      taken({ issuedAt: minutes(-13), confirmedUntil: minutes(600), notOnOrAfter: minutes(600) }, { now: NOW }),
    ).rejects.toMatchObject({ reason: "expired" });
  });

  it("has a line break in its base64, an XML declaration, other prefixes, and a name between blanks", async () => {
    const said = saying({ nameId: "<saml:NameID>\n  anna\t</saml:NameID>" });
    const xml = responseXml(said).replaceAll("samlp:", "p:").replaceAll("xmlns:samlp", "xmlns:p");
    const base64 = encoded(`<?xml version="1.0" encoding="UTF-8"?>\n${sign(xml, "response", keys.provider)}`);
    expect(await read(base64.replace(/.{76}/g, "$&\r\n"), "response")).toMatchObject(ANNA);
  });

  it("has letters of any script, and attributes that nobody asked for", async () => {
    const attributes = { "urn:oid:2.5.4.42": ["Çağla 💥 &amp; Söhne"], empty: [], structured: ["<x xmlns='urn:x'/>"] };
    const { attributes: found } = await taken({ attributes });
    expect(Object.fromEntries(found)).toEqual({ "urn:oid:2.5.4.42": ["Çağla 💥 & Söhne"], empty: [], structured: [] });
  });

  it("is confirmed by one of several", async () => {
    const other =
      '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData Recipient="https://other.test"/></saml:SubjectConfirmation>';
    expect(await taken({ nameId: `<saml:NameID>anna</saml:NameID>${other}` })).toMatchObject(ANNA);
  });

  it.each(["~~~", "PHg+", "%%%PHg+", "PHg+===PHg+", Buffer.from([0x3c, 0xff, 0x3e]).toString("base64")])(
    "is no %j",
    async (text) => {
      await expect(read(text, "assertion")).rejects.toMatchObject({ reason: "malformed" });
    },
  );
});
