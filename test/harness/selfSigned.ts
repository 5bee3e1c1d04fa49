import { generateKeyPairSync, sign } from "node:crypto";

/** A certificate for https://127.0.0.1 and its key, both PEM, made anew each time so that no key lies in the repository. */
export function selfSignedCertificate(): { readonly certificate: string; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = sequence(set(sequence(oid("55 04 03"), tagged(0x0c, Buffer.from("cordboard tests")))));
  const algorithm = sequence(oid("2a 86 48 ce 3d 04 03 02")); // ecdsa-with-SHA256
  const hour = 3_600_000;
  const toBeSigned = sequence(
    tagged(0xa0, integer(2)), // version 3
    integer(1),
    algorithm,
    name,
    sequence(utcTime(Date.now() - hour), utcTime(Date.now() + 24 * hour)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(subjectAltName(), certificateAuthority())),
  );
  const signature = sign("sha256", toBeSigned, privateKey);
  const der = sequence(toBeSigned, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${der.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

const subjectAltName = () =>
  sequence(oid("55 1d 11"), tagged(0x04, sequence(tagged(0x87, Buffer.from([127, 0, 0, 1])))));
const certificateAuthority = () => sequence(oid("55 1d 13"), tagged(0x04, sequence(tagged(0x01, Buffer.from([0xff])))));

/** DER: a tag, a length, the contents. */
function tagged(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  const { length } = body;
  const header = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...header]), body]);
}

const sequence = (...contents: readonly Buffer[]) => tagged(0x30, ...contents);
const set = (...contents: readonly Buffer[]) => tagged(0x31, ...contents);
const integer = (value: number) => tagged(0x02, Buffer.from([value]));
const oid = (hex: string) => tagged(0x06, Buffer.from(hex.replaceAll(" ", ""), "hex"));
const utcTime = (time: number) =>
  tagged(0x17, Buffer.from(`${new Date(time).toISOString().slice(2, 19).replace(/[-:T]/g, "")}Z`));
