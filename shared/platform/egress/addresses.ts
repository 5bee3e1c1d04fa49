import { BlockList } from "node:net";

/**
 * What is not the public internet: https://www.iana.org/assignments/iana-ipv4-special-registry and
 * https://www.iana.org/assignments/iana-ipv6-special-registry, multicast, and the address at which Azure's own services answer
 * (https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16).
 */
const IPV4: readonly (readonly [network: string, prefix: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["168.63.129.16", 32],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.31.196.0", 24],
  ["192.52.193.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["192.175.48.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

/** Of 2000::/3, the only part that is given out, what leads elsewhere (tunnels, documentation). */
const IPV6: typeof IPV4 = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

/** The rest. Between the first two lie IPv4 addresses as ::ffff:a.b.c.d, which are held against the rules for IPv4. */
const NOT_GIVEN_OUT: readonly (readonly [first: string, last: string])[] = [
  ["::", "::fffe:ffff:ffff"],
  ["::1:0:0:0", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
];

/** Addresses that are not on the public internet; for `node:net`, which looks at each address at the moment it connects. */
export const NOT_PUBLIC = blockListOf();

function blockListOf(): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of IPV4) list.addSubnet(network, prefix, "ipv4");
  for (const [network, prefix] of IPV6) list.addSubnet(network, prefix, "ipv6");
  for (const [first, last] of NOT_GIVEN_OUT) list.addRange(first, last, "ipv6");
  return list;
}
