import { type KeyObject, randomBytes, sign } from "node:crypto";

interface Naming {
  /** At most 64 characters (RFC 5280, appendix A.1). */
  readonly commonName: string;
  readonly from: Date;
  readonly until: Date;
}

/**
 * A certificate of an RSA key, signed by that key, as PEM: no more than the key's envelope, which is what providers take in
 * metadata. Node makes keys and reads certificates, and makes none.
 */
export function selfSigned(
  { publicKey, privateKey }: { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
  { commonName, from, until }: Naming,
): string {
  const name = sequence(set(sequence(COMMON_NAME, tagged(0x0c, Buffer.from(commonName.slice(0, 64))))));
  const content = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))), // version 3
    tagged(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    SHA256_WITH_RSA,
    name,
    sequence(time(from), time(until)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = tagged(0x03, Buffer.concat([Buffer.from([0]), sign("sha256", content, privateKey)]));
  return pem(sequence(content, SHA256_WITH_RSA, signature));
}

/** The bytes of a certificate as PEM (RFC 7468). */
export function pem(der: Buffer): string {
  const lines = der.toString("base64").replace(/.{1,64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`;
}

/** DER: a tag, a length, the contents. */
function tagged(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  const { length } = body;
  const header = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...header]), body]);
}

const sequence = (...contents: readonly Buffer[]) => tagged(0x30, ...contents);
const set = (...contents: readonly Buffer[]) => tagged(0x31, ...contents);
const oid = (hex: string) => tagged(0x06, Buffer.from(hex, "hex"));
const COMMON_NAME = oid("550403");
const SHA256_WITH_RSA = sequence(oid("2a864886f70d01010b"), tagged(0x05));

/** In two digits of the year until 2049, and in four from then on (RFC 5280, 4.1.2.5). */
function time(at: Date): Buffer {
  const text = `${at.toISOString().slice(0, 19).replace(/[-:T]/g, "")}Z`;
  return at.getUTCFullYear() < 2050 ? tagged(0x17, Buffer.from(text.slice(2))) : tagged(0x18, Buffer.from(text));
}
