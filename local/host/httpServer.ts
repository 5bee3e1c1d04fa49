import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { byName, httpRoute, type TriggeredFunction } from "./bindings.ts";
import { readBody } from "./httpBody.ts";
import { splitTarget, toHttpData } from "./httpRequestData.ts";
import { sendInvocationResponse, sendProblem } from "./httpResponse.ts";
import { type Logger, reasonOf, systemLine } from "./logger.ts";
import { createRouter, type Router } from "./router.ts";
import { traceContextFrom } from "./traceContext.ts";
import type { Invoke } from "./worker.ts";

/** Answers a request itself (true), or leaves it to the functions (false). */
export type Middleware = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;

/** Takes over the socket of an upgrade request (true), or leaves it to be refused (false). */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

/** https://learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger#limits */
const BODY_LIMIT = 104_857_600;
const URL_LIMIT = 4096;
const HEADER_LIMIT = 32_768;
/** Azure's load balancer gives up after 230 s; a request's own bytes must have come well before. */
const REQUEST_TIMEOUT_MS = 230_000;
const HEADERS_TIMEOUT_MS = 20_000;
const KEEP_ALIVE_MS = 65_000;

export interface HttpServerOptions {
  readonly functions: readonly TriggeredFunction[];
  readonly routePrefix: string;
  readonly invoke: Invoke;
  readonly logger: Logger;
  readonly middleware?: Middleware;
  readonly onUpgrade?: UpgradeHandler;
  /** Bytes; default Azure's 104,857,600. */
  readonly bodyLimit?: number;
}

export interface HttpServer {
  /** Resolves to the port that was bound; `port` 0 takes a free one. Rejects when it is taken. */
  listen(port: number, hostname?: string): Promise<number>;
  /** Requests that a function is working on. */
  readonly running: number;
  /** Takes no new connections and resolves once every request is answered; upgraded sockets are left to their owner. */
  drain(): Promise<void>;
  /** Cuts whatever is still open. */
  destroy(): void;
}

/**
 * Azure tries routes in the order of their functions' names
 * (https://github.com/Azure/azure-functions-host, FunctionMetadataManager.cs and WebScriptHostHttpRoutesManager.cs).
 */
function routerOf(functions: readonly TriggeredFunction[], prefix: string): Router<TriggeredFunction> {
  const router = createRouter<TriggeredFunction>(prefix);
  for (const one of functions.toSorted(byName)) {
    try {
      const { route, methods } = httpRoute(one);
      router.add(route, methods, one);
    } catch (error) {
      throw new Error(`Function "${one.name}": ${reasonOf(error)}`, { cause: error });
    }
  }
  return router;
}

/** Why a body is not even read: 413 over the limit; 411 when it comes in chunks, which would arrive empty on Azure. */
function bodyRefusal({ headers }: IncomingMessage, limit: number): { status: number; code: string } | undefined {
  if (headers["transfer-encoding"] !== undefined) return { status: 411, code: "length-required" };
  return Number(headers["content-length"] ?? 0) > limit ? { status: 413, code: "too-large" } : undefined;
}

function refuseUnread(response: ServerResponse, { status, code }: { status: number; code: string }): void {
  // The rest of the body is not read, so the connection cannot serve another request.
  sendProblem(response, status, code, { connection: "close" });
  response.once("finish", () => response.req.destroy());
}

const headerText = (value: string | string[] | undefined) => (typeof value === "string" ? value : undefined);

class FunctionsHandler {
  running = 0;
  onIdle: (() => void) | undefined;
  readonly #router: Router<TriggeredFunction>;
  readonly #options: HttpServerOptions;
  readonly #limit: number;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#router = routerOf(options.functions, options.routePrefix);
    this.#limit = options.bodyLimit ?? BODY_LIMIT;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.running++;
    // Running until the last byte is out: a host that stops must not cut an answer that was given.
    response.once("close", () => {
      this.running--;
      if (this.running === 0) this.onIdle?.();
    });
    try {
      if (this.#options.middleware !== undefined && (await this.#options.middleware(request, response))) return;
      await this.#route(request, response);
    } catch (error) {
      this.#options.logger(systemLine("error", `${request.method} request failed: ${reasonOf(error)}`));
      if (response.headersSent) response.destroy();
      else sendProblem(response, 500, "internal");
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? "GET";
    const { url = "/" } = request;
    if (url.length > URL_LIMIT) return refuseUnread(response, { status: 414, code: "uri-too-long" });
    const target = splitTarget(url);
    if (target === undefined) return sendProblem(response, 400, "invalid-request");
    let match = this.#router.match(method, target.path);
    let served = method;
    if (method === "HEAD" && match.kind === "wrong-method" && match.allowed.includes("GET")) {
      // RFC 9110 wants HEAD wherever GET is; the function sees the GET whose headers are asked for.
      served = "GET";
      match = this.#router.match(served, target.path);
    }
    switch (match.kind) {
      case "found":
        return this.#serve(request, response, match.target, { ...target, method: served, params: match.params });
      case "wrong-method": {
        const allow = [...match.allowed, ...(match.allowed.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
        if (method === "OPTIONS") response.writeHead(204, { allow }).end();
        else sendProblem(response, 405, "method-not-allowed", { allow });
        return;
      }
      case "unknown":
        return sendProblem(response, 404, "not-found");
      case "malformed":
        return sendProblem(response, 400, "invalid-request");
    }
  }

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
    { fn, name, bindingName }: TriggeredFunction,
    parts: { method: string; path: string; query: string; params: Record<string, string> },
  ): Promise<void> {
    const refusal = bodyRefusal(request, this.#limit);
    if (refusal !== undefined) return refuseUnread(response, refusal);
    const body = await readBody(request);
    if (body === undefined) return;
    const http = toHttpData(request, { ...parts, body });
    if (http === undefined) return sendProblem(response, 400, "invalid-request");
    const { headers } = request;
    const traceContext = traceContextFrom(headerText(headers.traceparent), headerText(headers.tracestate));
    try {
      const result = await this.#options.invoke(fn, { binding: bindingName, data: { http }, traceContext });
      sendInvocationResponse(response, result, request.method !== "HEAD");
    } catch (error) {
      this.#options.logger(systemLine("error", reasonOf(error), name));
      sendProblem(response, 500, "internal");
    }
  }

  /** A client that asks before sending is told at once, instead of after 100 MB. */
  checkContinue(request: IncomingMessage, response: ServerResponse): void {
    const refusal = bodyRefusal(request, this.#limit);
    if (refusal !== undefined) refuseUnread(response, refusal);
    else {
      response.writeContinue();
      void this.handle(request, response);
    }
  }
}

function listening(server: Server, port: number, hostname: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, hostname, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

/** The HTTP side of the host: routes, limits and the functions' answers. Throws when two functions claim one route. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const handler = new FunctionsHandler(options);
  const server = createServer(
    {
      maxHeaderSize: HEADER_LIMIT,
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      noDelay: true,
    },
    (request, response) => void handler.handle(request, response),
  );
  server.on("checkContinue", (request, response) => handler.checkContinue(request, response));
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    if (options.onUpgrade?.(request, socket, head) !== true) {
      socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    }
  });
  return {
    listen: (port, hostname = "127.0.0.1") => listening(server, port, hostname),
    get running() {
      return handler.running;
    },
    drain: () =>
      new Promise((resolve) => {
        server.close();
        server.closeIdleConnections();
        // Not the server's own end, for which WebSockets, no longer ours, would have to close first.
        if (handler.running === 0) resolve();
        else handler.onIdle = resolve;
      }),
    destroy: () => server.closeAllConnections(),
  };
}
