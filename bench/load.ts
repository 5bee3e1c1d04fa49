import { connect, type Socket } from "node:net";
import { performance } from "node:perf_hooks";

/**
 * A load generator on bare sockets: it shares the machine with what it measures, so it must cost next to nothing. One
 * request at a time a connection; answers are read only as far as their status and length.
 */
export interface Target {
  readonly port: number;
  readonly path: string;
}

export interface Shot {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface LoadResult {
  readonly sent: number;
  readonly ok: number;
  readonly seconds: number;
  readonly perSecond: number;
}

function encode({ path }: Target, { body, headers }: Shot): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\n${lines.join("")}content-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.from(head + body);
}

class Connection {
  readonly #port: number;
  #socket: Socket;
  #answer = "";
  #settle: ((ok: boolean) => void) | undefined;

  constructor(port: number) {
    this.#port = port;
    this.#socket = this.#open();
  }

  #open(): Socket {
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => this.#onData(String(chunk)));
    socket.on("error", () => this.#finish(false));
    socket.on("close", () => this.#finish(false));
    return socket;
  }

  send(request: Buffer): Promise<boolean> {
    // The server closes what was idle for a while.
    if (this.#socket.destroyed || this.#socket.readableEnded) this.#socket = this.#open();
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #onData(chunk: string): void {
    this.#answer += chunk;
    const end = this.#answer.indexOf("\r\n\r\n");
    if (end < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(this.#answer)?.[1] ?? 0);
    if (this.#answer.length < end + 4 + length) return;
    const ok = this.#answer.startsWith("HTTP/1.1 200");
    this.#answer = "";
    this.#finish(ok);
  }

  #finish(ok: boolean): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(ok);
  }
}

/** As fast as `connections` allow, each waiting for its answer, for `seconds`. `shot(i)` makes the i-th request. */
export async function closedLoop(
  target: Target,
  shot: (index: number) => Shot,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<LoadResult> {
  const open = Array.from({ length: connections }, () => new Connection(target.port));
  const started = performance.now();
  const until = started + seconds * 1000;
  let sent = 0;
  let ok = 0;
  await Promise.all(
    open.map(async (connection) => {
      while (performance.now() < until) if (await connection.send(encode(target, shot(sent++)))) ok++;
    }),
  );
  const elapsed = (performance.now() - started) / 1000;
  for (const connection of open) connection.close();
  return { sent, ok, seconds: elapsed, perSecond: ok / elapsed };
}

/**
 * `perSecond` requests, evenly spaced, whatever the answers take: an overloaded server must not slow its own measurement.
 * Resolves when all are answered.
 */
export async function openLoop(
  target: Target,
  shot: (index: number) => Shot,
  { perSecond, seconds, connections }: { perSecond: number; seconds: number; connections: number },
): Promise<LoadResult> {
  const idle = Array.from({ length: connections }, () => new Connection(target.port));
  const all = [...idle];
  const waiting: Buffer[] = [];
  const total = Math.round(perSecond * seconds);
  const started = performance.now();
  let sent = 0;
  let ok = 0;
  let answered = 0;
  await new Promise<void>((resolve) => {
    const fire = (connection: Connection, request: Buffer) => {
      void connection.send(request).then((good) => {
        if (good) ok++;
        answered++;
        const next = waiting.shift();
        if (next !== undefined) fire(connection, next);
        else idle.push(connection);
        if (answered === total) resolve();
      });
    };
    const timer = setInterval(() => {
      const due = Math.min(total, Math.floor(((performance.now() - started) / 1000) * perSecond));
      for (; sent < due; sent++) {
        const request = encode(target, shot(sent));
        const connection = idle.pop();
        if (connection === undefined) waiting.push(request);
        else fire(connection, request);
      }
      if (sent === total) clearInterval(timer);
    }, 2);
  });
  const elapsed = (performance.now() - started) / 1000;
  for (const connection of all) connection.close();
  return { sent, ok, seconds: elapsed, perSecond: ok / elapsed };
}
