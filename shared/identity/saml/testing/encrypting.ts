import { constants, createCipheriv, publicEncrypt, randomBytes } from "node:crypto";
import type { Pair } from "./signing.ts";

export const OAEP = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
export const RSA_1_5 = "http://www.w3.org/2001/04/xmlenc#rsa-1_5";

export interface Encrypting {
  readonly algorithm?: "aes-256-gcm" | "aes-256-cbc";
  readonly transport?: typeof OAEP | typeof RSA_1_5;
}

const NAMES = {
  "aes-256-gcm": "http://www.w3.org/2009/xmlenc11#aes256-gcm",
  "aes-256-cbc": "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
} as const;

/** Anything as an EncryptedAssertion for whoever has the pair's private key: all that takes is their certificate. */
export function encrypted(xml: string, pair: Pair, encrypting: Encrypting = {}): string {
  const { algorithm = "aes-256-gcm", transport = OAEP } = encrypting;
  const key = randomBytes(32);
  const content = algorithm === "aes-256-gcm" ? gcm(xml, key) : cbc(xml, key);
  const padding = transport === OAEP ? constants.RSA_PKCS1_OAEP_PADDING : constants.RSA_PKCS1_PADDING;
  const wrapped = publicEncrypt({ key: pair.publicKey, padding }, key);
  const cipher = (bytes: Buffer) =>
    `<xenc:CipherData><xenc:CipherValue>${bytes.toString("base64")}</xenc:CipherValue></xenc:CipherData>`;
  const method = (name: string) => `<xenc:EncryptionMethod Algorithm="${name}"/>`;
  return [
    '<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">',
    '<xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element">',
    method(NAMES[algorithm]),
    `<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey>${method(transport)}${cipher(wrapped)}`,
    `</xenc:EncryptedKey></ds:KeyInfo>${cipher(content)}</xenc:EncryptedData></saml:EncryptedAssertion>`,
  ].join("");
}

function gcm(xml: string, key: Buffer): Buffer {
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  return Buffer.concat([iv, cipher.update(xml, "utf8"), cipher.final(), cipher.getAuthTag()]);
}

function cbc(xml: string, key: Buffer): Buffer {
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-256-cbc", key, iv);
  return Buffer.concat([iv, cipher.update(xml, "utf8"), cipher.final()]);
}
