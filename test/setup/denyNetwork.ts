import net from "node:net";

/**
 * Tests reach this machine only. A connection to anywhere else is a mistake in the test or a leak in the product, and
 * fails at once with the address it wanted.
 */
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+|0\.0\.0\.0)$/;
const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
  const [first] = Array.isArray(args[0]) ? args[0] : args;
  const options = typeof first === "object" && first !== null ? (first as { host?: string; path?: string }) : {};
  const host =
    options.path === undefined ? (options.host ?? (typeof args[1] === "string" ? args[1] : "localhost")) : "localhost";
  if (!LOOPBACK.test(host)) throw new Error(`Tests may not reach the network: ${host}`);
  return Reflect.apply(connect, this, args);
} as typeof connect;
