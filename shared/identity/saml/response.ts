import { type Assertion, checkResponse, type Expected, readAssertion } from "./assertion.ts";
import { SamlRefused } from "./refusal.ts";
import { type Trust, verifiedAssertion } from "./verify.ts";

/** Bytes of XML: ten times what real responses have, with some hundred groups. */
const MAX_RESPONSE_BYTES = 150_000;

/**
 * Who a response says is there, if it may be believed: well-formed and of one meaning, genuine, for us, now, and in answer to
 * the request. Whether it has been shown before is for the caller to see. `encoded`: base64, as a browser posts it. Throws `SamlRefused`.
 */
export async function readResponse(encoded: string, trust: Trust, expected: Expected): Promise<Assertion> {
  const { response, assertion, isResponseSigned } = await verifiedAssertion(decoded(encoded), trust);
  checkResponse(response, expected, isResponseSigned);
  return readAssertion(assertion, expected);
}

function decoded(encoded: string): string {
  if (encoded.length > (MAX_RESPONSE_BYTES * 3) / 2) throw new SamlRefused("too-large");
  const base64 = encoded.replace(/[ \t\r\n]/g, "");
  const bytes = Buffer.from(base64, "base64");
  if (bytes.byteLength > MAX_RESPONSE_BYTES) throw new SamlRefused("too-large");
  if (bytes.toString("base64").replace(/=+$/, "") !== base64.replace(/=+$/, "")) throw new SamlRefused("malformed");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch (cause) {
    throw new SamlRefused("malformed", { cause });
  }
}
