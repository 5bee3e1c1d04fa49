import type { IncomingMessage, ServerResponse } from "node:http";
import { type Clock, systemClock } from "../../shared/platform/clock.ts";
import { Fault, Faults, graphError } from "./faults.ts";
import { GraphApi } from "./graphApi.ts";
import { type Call, HttpError, readJson, sendJson } from "./http.ts";
import { MediaApi } from "./mediaApi.ts";
import { Business, type Person } from "./model.ts";
import { servePageFile } from "./pageFiles.ts";
import { OpenChats, PhoneApi } from "./phoneApi.ts";
import { DEFAULT_DELAYS, type ReceiptDelays, Receipts } from "./receipts.ts";
import { seed } from "./seed.ts";
import { Store } from "./store.ts";
import { Webhooks } from "./webhooks.ts";

export interface WhatsAppDoubleOptions {
  /** Signs webhooks: the product's WHATSAPP_APP_SECRET. */
  readonly appSecret: string;
  /** The product's webhook, e.g. `http://localhost:7071/api/webhooks/whatsapp`. */
  readonly webhookUrl: string;
  /** Where phones and files are kept; default: in memory only. */
  readonly dataFolder?: string;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Default: the demo's, from seed.ts. More can be added by `POST /simulator/businesses`. */
  readonly businesses?: readonly Business[];
  readonly people?: readonly Person[];
  /** In ms after a send: when it is sent, delivered, and (with its chat open) read. */
  readonly delays?: Partial<ReceiptDelays>;
  /** Pauses before a webhook that was not acknowledged is called again, in ms; the last one repeats. */
  readonly retryDelays?: readonly number[];
  /** Messages to one recipient; default: no limit. Above it: error 131056. */
  readonly pairRate?: { readonly burst: number; readonly seconds: number };
  /** One line when something is worth a look. Default: silence. */
  readonly log?: (line: string) => void;
}

export interface WhatsAppDouble {
  /**
   * Handles a request below `/simulator/`: true when it is the double's. `/simulator/graph` is the product's
   * WHATSAPP_API_BASE_URL, `/simulator/phones` the page of the phones.
   */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  /** Resolves when every webhook under way has been acknowledged. */
  idle(): Promise<void>;
  /** Stops, and keeps what is to be kept. Unacknowledged webhooks go on after the next start. */
  close(): Promise<void>;
}

const PREFIX = "/simulator/";

/** A double of Meta's Cloud API, with phones to write as a customer. For one machine and for tests. */
export function createWhatsAppDouble(options: WhatsAppDoubleOptions): WhatsAppDouble {
  const { appSecret, webhookUrl, clock = systemClock, log = () => {}, retryDelays } = options;
  const { businesses = seed.businesses, people = seed.people, dataFolder, pairRate } = options;
  const store = new Store({ people, businesses, dataFolder });
  const webhooks = new Webhooks({
    store,
    clock,
    appSecret,
    webhookUrl,
    log,
    ...(retryDelays === undefined ? {} : { retryDelays }),
  });
  const openChats = new OpenChats();
  const delays = { ...DEFAULT_DELAYS, ...options.delays };
  const isOpen = (personId: string, phoneNumberId: string) => openChats.isOpen(personId, phoneNumberId);
  const receipts = new Receipts({ store, webhooks, clock, delays, isOpen });
  const faults = new Faults();
  const graph = new GraphApi({ store, receipts, faults, clock, pairRate });
  const media = new MediaApi(store, graph, clock);
  const phones = new PhoneApi({ store, webhooks, receipts, openChats, clock });
  webhooks.resume();

  async function dispatch(call: Call): Promise<void> {
    const [area = "", ...rest] = call.segments;
    // Another site open in the same browser must not write in the customers' names.
    if (call.request.headers["sec-fetch-site"] === "cross-site" && call.method !== "GET")
      throw new HttpError(403, { error: "not from another site" });
    if (area === "graph") return graphCall({ ...call, segments: rest });
    if (area === "api") return phones.handle({ ...call, segments: rest });
    if (area === "phones" && call.method === "GET") return page(rest, call);
    // By this the desk knows that phones are at hand, and says so to a newcomer.
    if (area === "info" && call.method === "GET") return sendJson(call.response, 200, { phones: "/simulator/phones/" });
    if (area === "errors") return errors(call);
    if (area === "businesses" && call.method === "POST") {
      store.addBusiness(Business.parse(await readJson(call.request)));
      return sendJson(call.response, 201, {});
    }
    throw new HttpError(404, { error: "no such address" });
  }

  async function graphCall(call: Call): Promise<void> {
    const [version = "", id = "", edge = ""] = call.segments;
    if (version === "download") return media.download(id, call);
    if (!/^v\d+\.\d+$/.test(version)) throw graphError(2500, `Unknown path components: /${version}`);
    switch (`${call.method} ${edge}`) {
      case "POST messages":
        return graph.messages(graph.businessOf(id, call), call);
      case "POST media":
        return media.upload(graph.businessOf(id, call), call);
      case "GET message_templates":
        return graph.templates(id, call);
      case "GET ":
        return media.about(id, call);
      default:
        throw graphError(100, "Unsupported request");
    }
  }

  /** Relative addresses in the page need the slash at the end. */
  function page([name = ""]: readonly string[], { url, response }: Call): void {
    if (name === "" && !url.pathname.endsWith("/")) {
      response.writeHead(302, { location: `${url.pathname}/${url.search}` }).end();
      return;
    }
    if (!servePageFile(name === "" ? "index.html" : name, response))
      throw new HttpError(404, { error: "no such file" });
  }

  /** Faults on demand: POST plans one, DELETE forgets all. */
  async function errors({ method, request, response }: Call): Promise<void> {
    if (method === "POST") faults.plan(Fault.parse(await readJson(request)));
    else if (method === "DELETE") faults.clear();
    else throw new HttpError(405, { error: "POST or DELETE" });
    sendJson(response, 200, {});
  }

  return {
    handle(request, response) {
      const host = request.headers.host ?? "localhost";
      const address = `http://${host}${request.url ?? "/"}`;
      const url = URL.canParse(address) ? new URL(address) : undefined;
      if (url === undefined || !`${url.pathname}/`.startsWith(PREFIX)) return false;
      const segments = url.pathname
        .slice(PREFIX.length)
        .split("/")
        .filter((part) => part !== "")
        .map(decoded);
      const call = { method: request.method ?? "GET", url, segments, request, response };
      dispatch(call).catch((error: unknown) => answerError(response, error, log));
      return true;
    },
    idle: () => webhooks.idle(),
    async close() {
      receipts.close();
      await webhooks.close();
      store.close();
    },
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function answerError(response: ServerResponse, error: unknown, log: (line: string) => void): void {
  if (response.headersSent || response.destroyed) return;
  const { status, body } = asHttpError(error, log);
  sendJson(response, status, body);
}

function asHttpError(error: unknown, log: (line: string) => void): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof Error && error.name === "ZodError") return new HttpError(400, { error: "invalid" });
  log(`The simulator failed: ${error instanceof Error ? error.stack : String(error)}`);
  return new HttpError(500, { error: "failed" });
}
