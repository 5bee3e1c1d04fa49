import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { Problem } from "../../errors.ts";
import { SessionLost } from "../port.ts";
import { toProblem, toSessionProblem } from "./errors.ts";
import { openServiceBusQueue } from "./serviceBusQueue.ts";

const MESSAGE = { messageId: "m", sessionId: "s", body: { text: "hello" } };

/** `UseDevelopmentEmulator` makes the SDK speak plain AMQP, without TLS. */
function connectionStringOf(port: number): string {
  return `Endpoint=sb://127.0.0.1:${port};SharedAccessKeyName=n;SharedAccessKey=k;UseDevelopmentEmulator=true`;
}

describe("openServiceBusQueue, with Azure's SDK", { timeout: 20_000 }, () => {
  const sockets: Socket[] = [];
  let server: Server | undefined;

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server?.close();
  });

  /** Something that takes connections and never says a word. */
  async function silentServer(): Promise<number> {
    const silent = createServer((socket) => {
      socket.on("error", () => {});
      sockets.push(socket);
    });
    server = silent;
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const address = silent.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  it("refuses in time when the broker is silent, so that a webhook gets its 503", async () => {
    const queue = openServiceBusQueue(
      { connectionString: connectionStringOf(await silentServer()) },
      { sendDeadline: 700 },
    );
    const started = performance.now();
    await expect(queue.send("inbound", [MESSAGE])).rejects.toMatchObject({ code: "unavailable", status: 503 });
    await expect(queue.ping()).rejects.toMatchObject({ code: "unavailable" });
    expect(performance.now() - started).toBeLessThan(4000);
    await queue.close();
  });

  it("gives up in time what else a silent broker is asked for", async () => {
    const queue = openServiceBusQueue(
      { connectionString: connectionStringOf(await silentServer()) },
      { acceptWait: 100, answerDeadline: 300 },
    );
    const started = performance.now();
    await Promise.all([
      expect(queue.acceptNextSession("inbound")).rejects.toMatchObject({ code: "unavailable" }),
      expect(queue.deadLetters.list("inbound", 1)).rejects.toMatchObject({ code: "unavailable" }),
      expect(queue.deadLetters.replay("inbound")).rejects.toMatchObject({ code: "unavailable" }),
    ]);
    expect(performance.now() - started).toBeLessThan(4000);
    await queue.close();
  });

  it("refuses when nobody listens", async () => {
    const port = await silentServer();
    server?.close();
    const queue = openServiceBusQueue({ connectionString: connectionStringOf(port) }, { sendDeadline: 1500 });
    await expect(queue.send("inbound", [MESSAGE])).rejects.toMatchObject({ code: "unavailable", retryAfter: 5 });
    await queue.close();
  });

  it("connects to nothing for what it refuses by itself, or for nothing to send", async () => {
    const queue = openServiceBusQueue({
      fullyQualifiedNamespace: "example.servicebus.windows.net",
      credential: () => Promise.reject(new Error("asked for a credential")),
    });
    await queue.send("inbound", []);
    const body = "x".repeat(201 * 1024);
    await expect(queue.send("inbound", [{ ...MESSAGE, body }])).rejects.toMatchObject({ code: "too-large" });
    await expect(queue.send("inbound", [MESSAGE])).rejects.toMatchObject({
      code: "unavailable",
      cause: { message: "asked for a credential" },
    });
    await queue.close();
  });
});

describe("what Service Bus's refusals become", () => {
  const refusal = (code: string) => Object.assign(new Error("from the broker"), { code });

  it.each([
    ["MessageSizeExceeded", "too-large"],
    ["ServiceBusy", "unavailable"],
    ["QuotaExceeded", "unavailable"],
    ["SessionLockLost", "unavailable"],
  ])("%s: %s", (code, expected) => {
    const error = refusal(code);
    expect(toProblem(error)).toMatchObject({ code: expected, cause: error });
  });

  it("leaves alone what is no refusal of Service Bus", () => {
    const problem = new Problem("too-large");
    const mistake = new RangeError("mistake");
    expect(toProblem(problem)).toBe(problem);
    expect(toProblem(mistake)).toBe(mistake);
    expect(toProblem("a string")).toMatchObject({ code: "unavailable" });
  });

  it.each(["SessionLockLost", "MessageLockLost", "SessionCannotBeLocked", "MessageNotFound"])(
    "%s under a session's lock: the session is lost",
    (code) => expect(toSessionProblem(refusal(code), "s")).toBeInstanceOf(SessionLost),
  );

  it("keeps a fault that passes by itself apart from a lost session", () => {
    expect(toSessionProblem(refusal("ServiceBusy"), "s")).toMatchObject({ code: "unavailable" });
  });
});
