import { X509Certificate } from "node:crypto";

const MIN_BITS = 2048;

/** A provider's certificate, as far as it is of use: as a name for a key, and with a date to look at. */
export interface CertificateFacts {
  /** PEM, whatever it was typed as. */
  readonly pem: string;
  readonly subject: string;
  readonly validFrom: Date;
  readonly validUntil: Date;
}

/**
 * A certificate as PEM or as bare base64. Throws `CertificateUnusable` for anything that is none, or whose key no response could be
 * verified with: RSA of at least 2048 bits.
 */
export function readCertificate(text: string): CertificateFacts {
  const certificate = parse(text);
  const { publicKey } = certificate;
  if (publicKey.asymmetricKeyType !== "rsa")
    throw new CertificateUnusable(
      "Its key is not of RSA, and no other can be used. Let the provider sign with an RSA key.",
    );
  if ((publicKey.asymmetricKeyDetails?.modulusLength ?? 0) < MIN_BITS)
    throw new CertificateUnusable(`Its key has less than ${MIN_BITS} bits, which is too short to be trusted.`);
  return {
    pem: certificate.toString(),
    subject: certificate.subject.replaceAll("\n", ", "),
    validFrom: certificate.validFromDate,
    validUntil: certificate.validToDate,
  };
}

/** `message`: a sentence for an admin. */
export class CertificateUnusable extends Error {
  override readonly name = "CertificateUnusable";
}

function parse(text: string): X509Certificate {
  const pem = /-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/.exec(text)?.[1] ?? text;
  const base64 = pem.replace(/\s/g, "");
  try {
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new TypeError("No base64");
    return new X509Certificate(Buffer.from(base64, "base64"));
  } catch (cause) {
    throw new CertificateUnusable("This is no certificate. It begins with -----BEGIN CERTIFICATE-----.", { cause });
  }
}
