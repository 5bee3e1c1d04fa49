import { connect } from "node:net";

/** Milliseconds. */
const CONNECT_LIMIT = 5000;

/** Rejects, with what to do about it, when nothing answers at the address of a setting. */
export async function requireAnswer(setting: string, address: string): Promise<void> {
  const { hostname, port, protocol } = new URL(address.includes("://") ? address : `amqps://${address}`);
  const standard = { "https:": 443, "http:": 80 }[protocol] ?? 5671;
  const socket = connect(port === "" ? standard : Number(port), hostname.replace(/^\[|\]$/g, ""));
  socket.setTimeout(CONNECT_LIMIT, () => socket.destroy(new Error("no answer")));
  try {
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  } catch (cause) {
    throw new Error(
      `Nothing answers at ${address}. Start what should be there, or leave ${setting} out for an emulator of this process.`,
      { cause },
    );
  } finally {
    socket.destroy();
  }
}
