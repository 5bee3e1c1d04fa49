import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { WebSocket } from "ws";
import { DEMO } from "../local/demo.ts";
import { signIn } from "../test/harness/api.ts";
import { APP_SECRET, freePort, startInstallation, temporaryFolder } from "../test/harness/installation.ts";
import { messageWebhook, signed, text } from "../test/harness/whatsapp.ts";
import { openLoop } from "./load.ts";
import { percentile } from "./statistics.ts";

const BUSINESS = { phoneNumberId: "100000000000001", displayPhoneNumber: "+31 20 555 0100" };
const CUSTOMERS = 500;
/** A rate counts as sustained when all arrive, the slowest hundredth within this many milliseconds. */
const SUSTAINED_P99 = 1000;

interface Run {
  readonly perSecond: number;
  readonly sent: number;
  readonly arrived: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly memoryMb: { readonly before: number; readonly after: number };
}

/** From webhook to the message on an agent's socket, through the whole installation as `npm start` runs it. */
export async function benchDelivery({ seconds }: { seconds: number }): Promise<{ runs: Run[]; lines: string[] }> {
  const folder = temporaryFolder();
  const port = await freePort();
  const installation = await startInstallation({ dataFolder: folder.path, port });
  const desk = await openDesk(installation.baseUrl);
  try {
    await run(desk, port, installation.pid, 200, 5);
    const runs = [await run(desk, port, installation.pid, 500, seconds)];
    for (const rate of [750, 1000, 1250, 1500, 2000]) {
      const result = await run(desk, port, installation.pid, rate, 10);
      runs.push(result);
      if (!isSustained(result)) break;
    }
    return { runs, lines: report(runs) };
  } finally {
    desk.close();
    await installation.stop();
    folder.remove();
  }
}

function isSustained(result: Run): boolean {
  return result.arrived === result.sent && result.p99 < SUSTAINED_P99;
}

function report(runs: readonly Run[]): string[] {
  const sustained = runs.filter(isSustained).at(-1)?.perSecond ?? 0;
  return [
    ...runs.map(
      (r) =>
        `${r.perSecond}/s: ${r.arrived} of ${r.sent} arrived; p50 ${r.p50.toFixed(0)} ms, p99 ${r.p99.toFixed(0)} ms, ` +
        `max ${r.max.toFixed(0)} ms; memory ${r.memoryMb.before.toFixed(0)} → ${r.memoryMb.after.toFixed(0)} MB`,
    ),
    `highest sustained rate: ${sustained}/s (aim ≥ 1000; p99 at 500/s: aim < 250 ms)`,
  ];
}

let runNumber = 0;

async function run(desk: Desk, port: number, pid: number, perSecond: number, seconds: number): Promise<Run> {
  const prefix = `r${runNumber++}-`;
  const sentAt: number[] = [];
  const latencies: number[] = [];
  desk.onText = (body) => {
    if (!body.startsWith(prefix)) return;
    const at = sentAt[Number(body.slice(prefix.length))];
    if (at !== undefined) latencies.push(performance.now() - at);
  };
  const before = memoryMb(pid);
  const shot = (index: number) => {
    const customer = { phone: `3162${String(index % CUSTOMERS).padStart(7, "0")}`, name: "Load" };
    const message = { wamid: `wamid.${prefix}${index}`, at: new Date(), content: text(`${prefix}${index}`) };
    const request = signed(messageWebhook(BUSINESS, customer, message), APP_SECRET);
    sentAt[index] = performance.now();
    return request;
  };
  const target = { port, path: "/api/webhooks/whatsapp" };
  const { ok } = await openLoop(target, shot, { perSecond, seconds, connections: 200 });
  await until(() => latencies.length >= ok, 30_000);
  return {
    perSecond,
    sent: ok,
    arrived: latencies.length,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    max: percentile(latencies, 1),
    memoryMb: { before, after: memoryMb(pid) },
  };
}

async function until(done: () => boolean, milliseconds: number): Promise<void> {
  const deadline = performance.now() + milliseconds;
  while (!done() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
}

interface Desk {
  onText: (body: string) => void;
  close(): void;
}

async function openDesk(baseUrl: string): Promise<Desk> {
  const client = await signIn(baseUrl, DEMO.tenant, DEMO.owner.email, DEMO.password);
  const { body } = await client.post("realtime/negotiate");
  const socket = new WebSocket(body.url, "json.webpubsub.azure.v1");
  const desk: Desk = { onText: () => undefined, close: () => socket.close() };
  socket.on("message", (frame) => {
    const { type, data } = JSON.parse(String(frame));
    if (type === "message" && data.type === "message.received") desk.onText(data.data.message.text);
  });
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  return desk;
}

/** Resident memory of one process. */
function memoryMb(pid: number): number {
  const [, kilobytes = "0"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}
