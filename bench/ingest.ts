import { fork } from "node:child_process";
import { join } from "node:path";
import { bundleFunctions } from "../scripts/build.ts";
import { APP_SECRET, freePort, temporaryFolder } from "../test/harness/installation.ts";
import { messageWebhook, signed, text } from "../test/harness/whatsapp.ts";
import { closedLoop, type Shot } from "./load.ts";
import { median } from "./statistics.ts";

const BUSINESS = { phoneNumberId: "100000000000001", displayPhoneNumber: "+31 20 555 0100" };
const ROUNDS = 5;
const SECONDS = 4;
const CONNECTIONS = 64;

/**
 * Durable ingest (signature, parse, dedupe, queue, fsync) as a share of the same host with an empty handler. The two are
 * measured in turn, round by round, so that the machine's moods hit both.
 */
export async function benchIngest(): Promise<{ ratio: number; lines: string[] }> {
  const folder = temporaryFolder();
  const apps = { empty: await startApp("empty", folder.path), ingest: await startApp("ingest", folder.path) };
  const shots = prepareShots(200_000);
  let next = 0;
  const rates = { empty: [] as number[], ingest: [] as number[] };
  try {
    for (let round = 0; round <= ROUNDS; round++) {
      for (const name of ["empty", "ingest"] as const) {
        const target = { port: apps[name].port, path: "/api/webhooks/whatsapp" };
        const result = await closedLoop(target, () => shots(next++), { connections: CONNECTIONS, seconds: SECONDS });
        if (result.ok !== result.sent) throw new Error(`${name}: ${result.sent - result.ok} requests failed`);
        if (round > 0) rates[name].push(result.perSecond);
      }
    }
  } finally {
    for (const { stop } of Object.values(apps)) stop();
    folder.remove();
  }
  const ratios = rates.ingest.map((rate, i) => rate / (rates.empty[i] ?? Number.NaN));
  const ratio = median(ratios);
  return {
    ratio,
    lines: [
      `empty handler: ${Math.round(median(rates.empty))}/s; durable ingest: ${Math.round(median(rates.ingest))}/s`,
      `ratio: ${ratio.toFixed(2)} (rounds: ${ratios.map((r) => r.toFixed(2)).join(", ")}; aim ≥ 0.50)`,
    ],
  };
}

/** Distinct messages of 2,000 customers, made as needed and never twice. */
function prepareShots(wamids: number): (index: number) => Shot {
  const at = new Date();
  return (index) => {
    const customer = { phone: `3161${String(index % 2000).padStart(7, "0")}`, name: "Load" };
    const wamid = `wamid.bench${index % wamids}x${Math.floor(index / wamids)}`;
    return signed(messageWebhook(BUSINESS, customer, { wamid, at, content: text(`Message ${index}`) }), APP_SECRET);
  };
}

async function startApp(name: "empty" | "ingest", folder: string): Promise<{ port: number; stop(): void }> {
  const outDir = join(folder, name);
  await bundleFunctions({ entry: join(import.meta.dirname, `apps/${name}.ts`), outDir });
  const port = await freePort();
  const data = join(folder, `${name}-data`);
  const child = fork(join(import.meta.dirname, "hostProcess.ts"), [join(outDir, "main.cjs"), String(port), data], {
    env: {
      ...process.env,
      CORDBOARD_PLATFORM: "local",
      CORDBOARD_DATA: data,
      WHATSAPP_APP_SECRET: APP_SECRET,
      WHATSAPP_VERIFY_TOKEN: "bench-verify-token",
    },
  });
  await new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", () => reject(new Error(`${name} did not start`)));
  });
  return { port, stop: () => child.kill("SIGKILL") };
}
