import { beforeAll, describe, expect, it } from "vitest";
import { requestUrl, serviceMetadata, serviceOf } from "./serviceProvider.ts";
import type { SamlSettings } from "./settings.ts";
import { PROVIDER } from "./testing/said.ts";
import { SSO_URL, samlifyProvider } from "./testing/samlifyProvider.ts";
import { newPair, type Pair } from "./testing/signing.ts";
import { attributeOf, childNamed, childrenNamed, elementsWithin, parseXml, RESPONSE_LIMITS, textOf } from "./xml.ts";

const SERVICE = serviceOf("https://cordboard.test", "acme", "okta");

let idp: Pair;
let own: Pair;
let settings: SamlSettings;
beforeAll(() => {
  idp = newPair("idp");
  own = newPair("own");
  settings = {
    entityId: PROVIDER,
    ssoUrl: SSO_URL,
    certificates: [idp.certificate],
    signed: "assertion",
    allowUnsolicited: false,
  };
});
const keyOf = ({ certificate, key: privateKey }: Pair) => ({ certificate, privateKey });

describe("our metadata", () => {
  it("says who we are, where responses go, and by which key", () => {
    const xml = serviceMetadata(settings, SERVICE, keyOf(own));
    const root = parseXml(xml, RESPONSE_LIMITS);
    expect(attributeOf(root, "entityID")).toBe("https://cordboard.test/api/auth/saml/acme/okta/metadata");
    const role = childNamed(root, "metadata", "SPSSODescriptor");
    if (role === undefined) throw new Error(xml);
    expect([attributeOf(role, "AuthnRequestsSigned"), attributeOf(role, "WantAssertionsSigned")]).toEqual([
      "true",
      "true",
    ]);
    const [acs] = childrenNamed(role, "metadata", "AssertionConsumerService");
    expect(acs && attributeOf(acs, "Location")).toBe("https://cordboard.test/api/auth/saml/acme/okta/acs");
    const bare = own.certificate.replace(/-----.*-----|\s/g, "");
    const certificates = [...elementsWithin(role)].filter(({ local }) => local === "X509Certificate");
    expect(certificates.map((each) => textOf(each).replace(/\s/g, ""))).toEqual([bare, bare]);
    expect(xml).not.toContain("PRIVATE");
    expect(serviceMetadata(settings, SERVICE, keyOf(own))).toBe(xml);
  });

  it("asks for no signature that is not looked for", () => {
    const xml = serviceMetadata({ signed: "response", nameIdFormat: "email" }, SERVICE, keyOf(own));
    expect(xml).not.toContain("WantAssertionsSigned");
    expect(xml).toContain("nameid-format:emailAddress");
  });
});

describe("a request, read by samlify as the identity provider", () => {
  const read = async (pair: Pair, change: (url: string) => string = (url) => url) => {
    const provider = samlifyProvider({
      pair: idp,
      signed: "assertion",
      serviceMetadata: serviceMetadata(settings, SERVICE, keyOf(own)),
    });
    const url = await requestUrl(settings, SERVICE, keyOf(pair), { id: "_abc", relayState: "flw_1.se-cr_et" });
    expect(url.startsWith(`${SSO_URL}?SAMLRequest=`)).toBe(true);
    return provider.readRequest(change(url));
  };

  it("is signed by the key of our metadata, and names itself and us", async () => {
    expect(await read(own)).toEqual({
      id: "_abc",
      issuer: SERVICE.entityId,
      acsUrl: SERVICE.acsUrl,
      relayState: "flw_1.se-cr_et",
    });
  });

  it("is refused with another relay state, or by another key", async () => {
    await expect(read(own, (url) => url.replace("flw_1", "flw_2"))).rejects.toThrow();
    await expect(read(idp)).rejects.toThrow();
  });

  it("goes with what the provider's address has of its own", async () => {
    const ssoUrl = "https://idp.test/sso?realm=a%20b&x=1";
    const url = await requestUrl({ ...settings, ssoUrl }, SERVICE, keyOf(own), { id: "_abc", relayState: "r" });
    expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({ realm: "a b", x: "1", RelayState: "r" });
  });
});
