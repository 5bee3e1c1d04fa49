import { isIP } from "node:net";
import { describe, expect, it } from "vitest";
import { NOT_PUBLIC } from "./addresses.ts";
import { isLoopback } from "./loopback.ts";

const isPublic = (address: string) => !NOT_PUBLIC.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

describe("an address", () => {
  it.each([
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "198.19.255.255",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:169.254.169.254",
    "::ffff:168.63.129.16",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "ff02::1",
  ])("%s is not public", (address) => expect(isPublic(address)).toBe(false));

  it.each([
    "1.1.1.1",
    "8.8.8.8",
    "20.190.151.7",
    "100.63.255.255",
    "100.128.0.1",
    "168.63.129.15",
    "172.15.255.255",
    "172.32.0.1",
    "::ffff:8.8.8.8",
    "2001:4860:4860::8888",
    "2603:1006:2000::1",
    "2a00:1450:4001:82b::200e",
  ])("%s is public", (address) => expect(isPublic(address)).toBe(true));
});

describe("a host", () => {
  it.each(["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "[::1]"])("%s is this machine", (name) =>
    expect(isLoopback(name)).toBe(true),
  );
  it.each(["localhost.example", "127.0.0.1.nip.io", "127.example", "example.com", "10.0.0.1", ""])(
    "%s is not",
    (name) => expect(isLoopback(name)).toBe(false),
  );
});
