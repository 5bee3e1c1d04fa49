import { generateKeyPairSync } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { CertificateUnusable, readCertificate } from "./certificates.ts";
import { MetadataUnusable, readProviderMetadata } from "./providerMetadata.ts";
import { selfSigned } from "./selfSigned.ts";
import { NOW } from "./testing/said.ts";
import { SSO_URL, samlifyProvider } from "./testing/samlifyProvider.ts";
import { newPair, type Pair } from "./testing/signing.ts";

let pair: Pair;
let next: Pair;
let weak: string;
beforeAll(() => {
  pair = newPair("idp");
  next = newPair("next");
  const short = generateKeyPairSync("rsa", { modulusLength: 1024 });
  weak = selfSigned(short, { commonName: "weak", from: NOW, until: new Date("2036-01-01") });
});

const bare = (pem: string) => pem.replace(/-----.*-----\s/g, "");
const REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const SAML2 = "urn:oasis:names:tc:SAML:2.0:protocol";

interface Shape {
  readonly keys?: readonly { readonly use?: string; readonly pem: string }[];
  readonly binding?: string;
  readonly role?: string;
  readonly protocol?: string;
  readonly entityId?: string | undefined;
  readonly more?: string;
}

/** As Keycloak and ADFS write it. */
function descriptor({ keys = [{ use: "signing", pem: pair.certificate }], ...shape }: Shape = {}): string {
  const { binding = REDIRECT, role = "IDPSSODescriptor", protocol = SAML2, more = "" } = shape;
  const entityId = "entityId" in shape ? shape.entityId : "urn:idp";
  const descriptors = keys.map(
    ({ use, pem }) =>
      `<md:KeyDescriptor${use === undefined ? "" : ` use="${use}"`}><ds:KeyInfo><ds:KeyName>k</ds:KeyName><ds:X509Data>` +
      `<ds:X509Certificate>${bare(pem)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`,
  );
  return [
    '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"',
    `${entityId === undefined ? "" : ` entityID="${entityId}"`}${more}>`,
    `<md:${role} WantAuthnRequestsSigned="true" protocolSupportEnumeration="urn:x ${protocol}">${descriptors.join("\n")}`,
    '<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.test/out"/>',
    '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.test/post"/>',
    `<md:SingleSignOnService Binding="${binding}" Location="https://idp.test/sso?a=1&amp;b=2"/>`,
    `</md:${role}></md:EntityDescriptor>`,
  ].join("");
}

const read = (xml: string) => readProviderMetadata(xml, NOW);

describe("a provider's metadata", () => {
  it("is samlify's", () => {
    const { metadata } = samlifyProvider({ pair, signed: "assertion" });
    expect(read(metadata)).toEqual({
      entityId: "https://idp.test/entity",
      ssoUrl: SSO_URL,
      certificates: [readCertificate(pair.certificate).pem],
    });
  });

  it("has a declaration, comments, an end that lies ahead, and keys of several uses", () => {
    const keys = [
      { use: "encryption", pem: weak },
      { use: "signing", pem: pair.certificate },
      { pem: next.certificate },
      { use: "signing", pem: next.certificate },
    ];
    const xml = descriptor({ keys, more: ' validUntil="2026-12-01T00:00:00Z"' });
    expect(read(`\n <?xml version="1.0" encoding="UTF-8"?>\n<!-- of ours -->${xml}`)).toEqual({
      entityId: "urn:idp",
      ssoUrl: "https://idp.test/sso?a=1&b=2",
      certificates: [pair, next].map(({ certificate }) => readCertificate(certificate).pem),
    });
  });

  it("may stand among others that are no identity providers", () => {
    const all = (...some: readonly string[]) =>
      `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">${some.join("")}</md:EntitiesDescriptor>`;
    const application = descriptor({ role: "SPSSODescriptor", entityId: "urn:sp" });
    expect(read(all(application, descriptor()))).toMatchObject({ entityId: "urn:idp" });
    expect(() => read(all(descriptor(), descriptor({ entityId: "urn:other" })))).toThrow("several identity providers");
  });

  it.each<[string, () => string, string]>([
    ["text", () => "https://idp.test/metadata", "no XML"],
    ["cut off", () => descriptor().slice(0, -10), "no XML"],
    ["a page", () => "<!DOCTYPE html><html></html>", "document type"],
    [
      "full of entities",
      () => `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${descriptor()}`,
      "document type",
    ],
    ["very deep", () => "<a>".repeat(1000), "too large"],
    ["an application's", () => descriptor({ role: "SPSSODescriptor" }), "no identity provider"],
    ["of SAML 1", () => descriptor({ protocol: "urn:oasis:names:tc:SAML:1.1:protocol" }), "no identity provider"],
    ["without a name", () => descriptor({ entityId: undefined }), "entityID"],
    [
      "without HTTP-Redirect",
      () => descriptor({ binding: "urn:oasis:names:tc:SAML:2.0:bindings:SOAP" }),
      "HTTP-Redirect",
    ],
    ["without keys", () => descriptor({ keys: [] }), "no certificate"],
    ["without keys that sign", () => descriptor({ keys: [{ use: "encryption", pem: weak }] }), "no certificate"],
    ["with a short key", () => descriptor({ keys: [{ pem: weak }] }), "2048 bits"],
    ["with a broken key", () => descriptor({ keys: [{ pem: "AAAA" }] }), "no certificate"],
    [
      "with many keys",
      () => descriptor({ keys: Array.from({ length: 11 }, (_, n) => ({ pem: `A${n}` })) }),
      "more than 10",
    ],
    ["out of date", () => descriptor({ more: ' validUntil="2026-11-21T08:00:00Z"' }), "out of date"],
    ["valid until whenever", () => descriptor({ more: ' validUntil="soon"' }), "out of date"],
  ])("is refused in an admin's words when it is %s", (_, xml, words) => {
    expect(() => read(xml())).toThrow(MetadataUnusable);
    expect(() => read(xml())).toThrow(words);
  });
});

describe("a certificate", () => {
  it("is taken as PEM, with or without text around it, and as bare base64", () => {
    const facts = readCertificate(pair.certificate);
    expect(facts).toEqual({
      pem: pair.certificate,
      subject: "CN=idp",
      validFrom: new Date("2026-01-01"),
      validUntil: new Date("2036-01-01"),
    });
    for (const text of [
      bare(pair.certificate),
      `Bag Attributes\n${pair.certificate}\n`,
      pair.certificate.replaceAll("\n", "\r\n"),
    ])
      expect(readCertificate(text)).toEqual(facts);
  });

  it("is refused when it is none, or its key is of no use", () => {
    for (const text of ["", "text", pair.key, "AAAA", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----"])
      expect(() => readCertificate(text)).toThrow(CertificateUnusable);
    expect(() => readCertificate(weak)).toThrow("2048 bits");
  });
});
