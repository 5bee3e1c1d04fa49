import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { type Deployed, rehearse } from "../test/bicep/language/deploy.ts";
import { ASSUMED, busyMonth, DAYS, exchange, HOURS, idleMonth, type Quantities } from "./costModel.ts";

const ROOT = resolve(import.meta.dirname, "..");
const PAGE = join(ROOT, "docs/deploy.md");
const SIZES = ["dev", "test", "production"] as const;
const MESSAGES_A_DAY = 1000;
const BLOCK = /<!-- cost: npm run cost -->\n[\s\S]*?<!-- \/cost -->/;

const Price = z.object({
  what: z.string(),
  unit: z.string(),
  price: z.number(),
  /** Units that cost nothing, a month. */
  free: z.number(),
  source: z.url(),
  dated: z.string(),
  confirmed: z.boolean(),
});
const Prices = z.object({ currency: z.literal("USD"), looked: z.iso.date(), prices: z.record(z.string(), Price) });

const { looked, prices } = Prices.parse(JSON.parse(readFileSync(join(ROOT, "scripts/prices.json"), "utf8")));

const SizeFile = z.object({
  cosmos: z.object({ mode: z.enum(["autoscale", "serverless"]), maxThroughput: z.number() }),
  functions: z.object({ memory: z.number(), alwaysReady: z.number() }),
});

/** So many units of a month at a price. */
interface Use {
  readonly price: string;
  readonly units: number;
  /** Whether those that are free a month are taken off; default true. */
  readonly grant?: boolean;
}

interface Row {
  readonly what: string;
  readonly idle: readonly Use[];
  readonly busy: readonly Use[];
}

/** What a size of one stamp uses, by what is deployed for it and by the model. */
function rowsOf(size: (typeof SIZES)[number], idle: Quantities, busy: Quantities): readonly Row[] {
  const { deployed } = rehearse(join(ROOT, "bicep/main.bicepparam"), {
    AZURE_ENV_NAME: size,
    CORDBOARD_SIZE: size,
    CORDBOARD_ALERT_EMAIL: "ops@example.com",
  });
  const { cosmos, functions } = SizeFile.parse(
    JSON.parse(readFileSync(join(ROOT, `bicep/sizes/${size}.json`), "utf8")),
  );
  const count = (type: string) => deployed.filter((each) => each.type === type).length;
  const skuOf = (type: string) => Sku.parse(deployed.find((each) => each.type === type)?.body.sku);
  const premium = skuOf("Microsoft.Cdn/profiles").name.startsWith("Premium");
  const bus = skuOf("Microsoft.ServiceBus/namespaces").name;
  const hub = skuOf("Microsoft.SignalRService/webPubSub");
  const gigabytes = functions.memory / 1024;
  const seconds = ({ executions }: Quantities) => executions * ASSUMED.secondsBilled * gigabytes;
  const stored = (busy.messagesKept * ASSUMED.kilobytesStored) / 1e6;
  const logged = ((busy.executions + busy.httpRequests) * ASSUMED.kilobytesLogged) / 1e6;
  // Its least: a tenth of the most.
  const autoscale = (cosmos.maxThroughput / 10 / 100) * HOURS;
  // "In always ready billing, there are no free grants": learn.microsoft.com/azure/azure-functions/flex-consumption-plan#billing
  const grant = functions.alwaysReady === 0;
  return [
    {
      what: "Front Door",
      idle: [{ price: premium ? "frontDoorPremium" : "frontDoorStandard", units: 1 }],
      busy: [
        { price: premium ? "frontDoorRequestsPremium" : "frontDoorRequestsStandard", units: busy.httpRequests / 1e6 },
        { price: "frontDoorTraffic", units: (busy.httpRequests * ASSUMED.kilobytesOut) / 1e6 },
      ],
    },
    {
      what: "Service Bus",
      idle: [{ price: bus === "Premium" ? "serviceBusPremium" : "serviceBusStandard", units: 1 }],
      busy: bus === "Premium" ? [] : [{ price: "serviceBusOperations", units: busy.queueOperations / 1e6 }],
    },
    {
      what: "Functions",
      idle: [
        { price: "functionsGbSecond", units: seconds(idle), grant },
        { price: "functionsExecution", units: idle.executions / 1e6, grant },
        { price: "functionsReadyGbSecond", units: functions.alwaysReady * gigabytes * HOURS * 3600 },
      ],
      busy: [
        { price: "functionsGbSecond", units: seconds(busy), grant },
        { price: "functionsExecution", units: busy.executions / 1e6, grant },
      ],
    },
    {
      what: "Cosmos DB",
      idle:
        cosmos.mode === "autoscale"
          ? [{ price: "cosmosAutoscale", units: autoscale }]
          : [{ price: "cosmosServerless", units: idle.requestUnits / 1e6 }],
      // What autoscale bills at least is far more than the mean of such a month.
      busy: [
        ...(cosmos.mode === "autoscale" ? [] : [{ price: "cosmosServerless", units: busy.requestUnits / 1e6 }]),
        { price: "cosmosStorage", units: stored },
      ],
    },
    {
      what: "Web PubSub",
      idle: hub.name === "Free_F1" ? [] : [{ price: "webPubSubUnit", units: (hub.capacity ?? 1) * (HOURS / 24) }],
      busy: [],
    },
    {
      what: "Browser app",
      idle: skuOf("Microsoft.Web/staticSites").name === "Free" ? [] : [{ price: "staticWebAppStandard", units: 1 }],
      busy: [],
    },
    {
      what: "NAT gateway and its address",
      idle: [
        { price: "natGateway", units: count("Microsoft.Network/natGateways") * HOURS },
        { price: "publicAddress", units: count("Microsoft.Network/publicIPAddresses") * HOURS },
      ],
      busy: [],
    },
    {
      what: "Private endpoints and their zones",
      idle: [
        { price: "privateEndpoint", units: count("Microsoft.Network/privateEndpoints") * HOURS },
        { price: "privateZone", units: count("Microsoft.Network/privateDnsZones") },
      ],
      busy: [],
    },
    {
      what: "Logs",
      idle: [{ price: "logs", units: ASSUMED.gigabytesLoggedIdle }],
      busy: [{ price: "logs", units: logged }],
    },
    {
      what: "Alerts",
      idle: [
        { price: "logAlert", units: count("Microsoft.Insights/scheduledQueryRules") },
        { price: "metricAlert", units: seriesOf(deployed) },
      ],
      busy: [],
    },
  ];
}

const Sku = z.object({ name: z.string(), capacity: z.number().optional() });
const Criteria = z.object({
  criteria: z.object({ allOf: z.array(z.object({ dimensions: z.array(z.object({ values: z.array(z.string()) })) })) }),
});

/** Series that metric alerts watch: one for each value of a dimension, and for `*` one for each queue. */
function seriesOf(deployed: readonly Deployed[]): number {
  const queues = deployed.filter(({ type }) => type === "Microsoft.ServiceBus/namespaces/queues").length;
  return deployed
    .filter(({ type }) => type === "Microsoft.Insights/metricAlerts")
    .flatMap(({ body }) => Criteria.parse(body.properties).criteria.allOf)
    .flatMap(({ dimensions }) => dimensions.flatMap(({ values }) => values))
    .reduce((sum, value) => sum + (value === "*" ? queues : 1), 0);
}

/** US dollars of what is used in a month, free units taken off. Throws for a price that is not in the file. */
function costOf(uses: readonly Use[], already: readonly Use[] = []): number {
  return uses.reduce((sum, { price: name, units, grant = true }) => {
    const price = prices[name];
    if (price === undefined) throw new Error(`scripts/prices.json has no ${name}`);
    const before = already.filter((each) => each.price === name).reduce((all, each) => all + each.units, 0);
    const paid = (total: number) => Math.max(0, total - (grant ? price.free : 0));
    return sum + (paid(before + units) - paid(before)) * price.price;
  }, 0);
}

/** The section of docs/deploy.md, as it should be. */
export async function costSection(): Promise<string> {
  const [idle, busy, { received, sent }] = await Promise.all([idleMonth(), busyMonth(MESSAGES_A_DAY), exchange()]);
  const bySize = SIZES.map((size) => rowsOf(size, idle, busy));
  const columns = bySize.flatMap((rows) => [
    rows.map(({ idle: uses }) => costOf(uses)),
    rows.map(({ idle: before, busy: uses }) => costOf(uses, before)),
  ]);
  const money = (dollars: number) => (dollars < 0.5 ? (dollars < 0.005 ? "–" : "<1") : String(Math.round(dollars)));
  const body = (bySize[0] ?? []).map(({ what }, i) => [what, ...columns.map((column) => money(column[i] ?? 0))]);
  const total = [
    "**together**",
    ...columns.map((column) => `**${money(column.reduce((sum, each) => sum + each, 0))}**`),
  ];
  const head = ["US dollars a month", ...SIZES.flatMap((size) => [`${size}, idle`, "1,000 a day add"])];
  const million = (n: number) => (n / 1e6).toFixed(1);
  const used = new Set(
    bySize
      .flat()
      .flatMap((row) => [...row.idle, ...row.busy].filter(({ units }) => units > 0).map(({ price }) => price)),
  );
  const doubtful = [...used].flatMap((name) => (prices[name]?.confirmed === false ? [prices[name].what] : [])).sort();
  return `<!-- cost: npm run cost -->
${table([head, ...body, total])}

A message received takes ${Math.round(received.requestUnits)} request units, ${received.executions} executions and ${received.queueOperations} queue operations, with the agent who reads it;
one sent, with its three statuses, ${Math.round(sent.requestUnits)}, ${sent.executions} and ${sent.queueOperations}. ${MESSAGES_A_DAY.toLocaleString("en")} a day, half of them received, are in ${DAYS} days ${million(busy.requestUnits)} million request
units, ${million(busy.executions)} million executions of at most a second and ${million(busy.queueOperations)} million queue operations, most of them instances that listen for
lanes. An idle month is ${million(idle.requestUnits)} million request units and ${idle.executions.toLocaleString("en")} executions.

Prices: [\`scripts/prices.json\`](../scripts/prices.json), looked up on ${looked}. Not confirmed by a page that could be read: ${doubtful.join("; ")}.
<!-- /cost -->`;
}

/** Markdown, its columns as wide as their widest cell; all but the first to the right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const padded = rows.map((row) =>
    line(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))),
  );
  const rule = line(widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)));
  return [padded[0], rule, ...padded.slice(1)].join("\n");
}

/** A page with the section as it should be. Throws where the page has no place for it. */
export function withSection(page: string, section: string): string {
  if (!BLOCK.test(page)) throw new Error("docs/deploy.md has no place for the costs");
  return page.replace(BLOCK, () => section);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const section = await costSection();
  writeFileSync(PAGE, withSection(readFileSync(PAGE, "utf8"), section));
  console.log(section);
}
