import { describe, expect, it } from "vitest";
import { isSameToken, isSignedBy, signatureOf } from "./signature.ts";

const SECRET = "an app secret";
const body = new TextEncoder().encode('{"text":"größer ☕"}');

describe("isSignedBy", () => {
  it("accepts what another implementation signed, in either case of hex", () => {
    // echo -n '{"a":1}' | openssl dgst -sha256 -hmac "key"
    // printf '{"a":1}' | openssl dgst -sha256 -hmac key
    const known = "sha256=88a67f24bbcdaed0e6c997404bb79a743baf44c6bab2f4c27328e3009d22e342";
    expect(isSignedBy("key", new TextEncoder().encode('{"a":1}'), known)).toBe(true);
    expect(isSignedBy(SECRET, body, signatureOf(SECRET, body))).toBe(true);
    expect(isSignedBy(SECRET, body, signatureOf(SECRET, body).toUpperCase().replace("SHA", "sha"))).toBe(true);
  });

  it("refuses anything else", () => {
    const right = signatureOf(SECRET, body);
    const hostile = [
      null,
      "",
      "sha256=",
      right.slice(7),
      `${right}0`,
      right.slice(0, -1),
      ` ${right}`,
      `sha1=${right.slice(7)}`,
      `sha256=${"0".repeat(64)}`,
      `sha256=${"z".repeat(64)}`,
      `${right},${right}`,
    ];
    for (const header of hostile) expect(isSignedBy(SECRET, body, header), String(header)).toBe(false);
    expect(isSignedBy("another secret", body, right)).toBe(false);
    expect(isSignedBy(SECRET, body.slice(0, -1), right)).toBe(false);
    expect(isSignedBy("", body, signatureOf("", body)), "an empty secret signs nothing").toBe(false);
  });
});

describe("isSameToken", () => {
  it("compares whole tokens, and an unset one is never right", () => {
    expect(isSameToken("token", "token")).toBe(true);
    for (const given of ["", "toke", "token ", "tokens"]) expect(isSameToken("token", given)).toBe(false);
    expect(isSameToken("", "")).toBe(false);
  });
});
