import { writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { selfSignedCertificate } from "./selfSigned.ts";

/**
 * What Application Insights would store: of a span `RequestData` (servers and consumers) or `RemoteDependencyData` (the
 * rest), of what it failed with `ExceptionData`.
 */
const Item = z.object({
  tags: z.record(z.string(), z.string()),
  /** Percent: the item stands for 100 / sampleRate. */
  sampleRate: z.number().optional(),
  data: z.object({ baseType: z.string(), baseData: z.looseObject({ name: z.string().optional() }) }),
});
export type Item = z.infer<typeof Item>;

export interface Ingestion {
  /** The settings with which a process sends its telemetry here; everything, not a sample. */
  readonly env: Readonly<Record<string, string>>;
  readonly items: readonly Item[];
  /** The names of all spans by operation id. */
  operations(): ReadonlyMap<string, readonly string[]>;
  stop(): Promise<void>;
}

/**
 * A stand-in for Application Insights' ingestion endpoint (`POST /v2.1/track`). It speaks TLS with a certificate of its own,
 * which it leaves in `folder`, because the SDK turns every http endpoint into https.
 */
export async function startIngestion(folder: string): Promise<Ingestion> {
  const { certificate, key } = selfSignedCertificate();
  const authority = join(folder, "ingestion.pem");
  writeFileSync(authority, certificate);
  const items: Item[] = [];
  const server = createServer({ cert: certificate, key }, async (request, response) => {
    const body = await buffer(request);
    const isTrack = request.method === "POST" && /^\/v2(\.1)?\/track$/.test(request.url ?? "");
    const received = isTrack ? readItems(request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body) : [];
    items.push(...received);
    const counts = { itemsReceived: received.length, itemsAccepted: received.length, errors: [] };
    response.writeHead(isTrack ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(counts));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The endpoint has no port");
  const endpoint = `https://127.0.0.1:${address.port}/`;
  return {
    env: {
      APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=${endpoint};LiveEndpoint=${endpoint}`,
      NODE_EXTRA_CA_CERTS: authority,
      TRACES_PER_SECOND: "10000",
      // Microsoft's usage statistics stay here.
      APPLICATIONINSIGHTS_STATSBEAT_DISABLED: "1",
      // As on Azure Functions, so that nothing looks for a virtual machine's metadata service; the name becomes the role.
      WEBSITE_SITE_NAME: "cordboard-test",
      FUNCTIONS_EXTENSION_VERSION: "~4",
      OTEL_NODE_RESOURCE_DETECTORS: "none",
      // Spans are sent this many milliseconds after they ended; 5 s by default.
      OTEL_BSP_SCHEDULE_DELAY: "200",
      NO_PROXY: "127.0.0.1",
    },
    items,
    operations: () => {
      const named = items.map(({ tags, data }) => ({ id: tags["ai.operation.id"] ?? "", name: data.baseData.name }));
      return new Map(
        [...Map.groupBy(named, ({ id }) => id)].map(([id, spans]) => [id, spans.flatMap(({ name }) => name ?? [])]),
      );
    },
    stop: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

/** A JSON array, or a line of JSON an item. */
function readItems(body: Buffer): Item[] {
  const text = body.toString("utf8").trim();
  const json: unknown = text.startsWith("[") ? JSON.parse(text) : text.split("\n").map((line) => JSON.parse(line));
  return z.array(Item).parse(json);
}
