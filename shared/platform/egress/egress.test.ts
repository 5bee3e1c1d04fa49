import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo, Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { within } from "../deadlines.ts";
import { openEgress } from "./egress.ts";
import { OutsideFault } from "./port.ts";

const closed = openEgress({ internal: false });
const open = openEgress({ internal: true });
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function answering(listener: RequestListener) {
  const server = createServer(listener);
  let connections = 0;
  server.on("connection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push(server);
  const { port } = server.address() as AddressInfo;
  return { port, connections: () => connections };
}

const reason = async (answer: Promise<unknown>) => {
  const error = await answer.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof OutsideFault ? error.reason : error;
};

describe("a request to the outside", () => {
  it("is sent as it is, and answered with status, headers and bytes", async () => {
    const { port } = await answering(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      response.writeHead(418, { "x-kind": "tea", "set-cookie": ["a=1", "b=2"] });
      response.end(`${request.method} ${request.url} ${request.headers.accept} ${Buffer.concat(chunks)}`);
    });
    const request = { method: "POST", headers: { accept: "text/plain" }, body: "milk=no" };
    const answer = await open(`http://127.0.0.1:${port}/a?b=c`, request);
    expect([answer.status, answer.headers.get("x-kind"), answer.headers.getSetCookie()]).toEqual([
      418,
      "tea",
      ["a=1", "b=2"],
    ]);
    expect(await answer.text()).toBe("POST /a?b=c text/plain milk=no");
  });

  it("follows no redirect", async () => {
    const { port, connections } = await answering((_, response) =>
      response.writeHead(302, { location: "/elsewhere" }).end(),
    );
    expect((await open(`http://localhost:${port}/`)).status).toBe(302);
    expect(connections()).toBe(1);
  });

  it.each(["http://example.com/", "ftp://example.com/", "file:///etc/passwd", "no address", "http://10.0.0.1/"])(
    "is not sent to %s, also where private addresses may be reached",
    async (url) => {
      expect(await reason(open(url))).toBe("insecure-address");
      expect(await reason(closed(url))).toBe("insecure-address");
    },
  );

  it("goes to this machine without TLS only where it may", async () => {
    const { port, connections } = await answering((_, response) => response.end());
    expect(await reason(closed(`http://localhost:${port}/`))).toBe("insecure-address");
    expect(connections()).toBe(0);
  });

  it.each(["127.0.0.1", "localhost", "2130706433", "0x7f.1"])(
    "is not even connected to https://%s, which leads to this machine",
    async (host) => {
      const { port, connections } = await answering((_, response) => response.end());
      expect(await reason(closed(`https://${host}:${port}/`))).toBe("forbidden-address");
      expect(connections()).toBe(0);
    },
  );

  it("says so when no TLS is spoken there", async () => {
    const { port, connections } = await answering((_, response) => response.end());
    expect(await reason(open(`https://127.0.0.1:${port}/`))).toBe("insecure-connection");
    expect(connections()).toBe(1);
  });

  it("is given up when the answer is too large, whatever it said of its length", async () => {
    const { port } = await answering((_, response) => {
      const pour = () => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * 1024)));
      };
      response.on("drain", pour);
      pour();
    });
    expect(await reason(open(`http://127.0.0.1:${port}/`))).toBe("too-large");
    const headers = await answering((_, response) => response.setHeader("x-long", "x".repeat(40_000)).end());
    expect(await reason(open(`http://127.0.0.1:${headers.port}/`))).toBe("too-large");
  });

  it("is given up when the answer does not come, or does not end", async () => {
    const silent = await answering(() => undefined);
    const half = await answering((_, response) => response.write("half of it"));
    for (const { port } of [silent, half])
      expect(await within(50, () => reason(open(`http://127.0.0.1:${port}/`)))).toBe("too-slow");
  });

  it("says so when nobody is there", async () => {
    const { port } = await answering(() => undefined);
    for (const server of servers.splice(0)) server.close();
    expect(await reason(open(`http://127.0.0.1:${port}/`))).toBe("unreachable");
    const rude = await answering((request) => request.socket.destroy());
    expect(await reason(open(`http://127.0.0.1:${rude.port}/`))).toBe("unreachable");
  });
});
