import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { FUNCTIONS_BUNDLE } from "../scripts/build.ts";
import { systemClock } from "../shared/platform/clock.ts";
import { type LocalConfig, readConfig } from "../shared/platform/config/config.ts";
import { onArrival } from "../shared/platform/queue/arrivals.ts";
import { openSqliteQueue } from "../shared/platform/queue/sqlite/sqliteQueue.ts";
import { startAzurite } from "./azurite.ts";
import { type DataFolder, openDataFolder } from "./dataFolder.ts";
import { createDemo, DEMO } from "./demo.ts";
import { createHost, stopOnSignals } from "./host/host.ts";
import { parseHostJson } from "./host/hostConfig.ts";
import { consoleLogger } from "./host/logger.ts";
import { createRealtimeServer } from "./realtime/realtimeServer.ts";
import { serveFiles } from "./staticFiles.ts";
import { createWhatsAppDouble } from "./whatsapp/double.ts";
import { demoChannel } from "./whatsapp/seed.ts";

/**
 * `npm start`: the whole product on one machine. Builds what changed, starts Azurite, the WhatsApp simulator and the
 * functions host, makes the demo tenant on an empty data folder, and says where everything is.
 */
const ROOT = join(import.meta.dirname, "..");
const PORT = Number(process.env.PORT ?? 7071);
const HOST = process.env.HOST ?? "127.0.0.1";
const BASE_URL = `http://localhost:${PORT}`;

let ready = false;

/** In a process of its own, so that the builders' memory goes when they have done. */
function build(): void {
  const { status } = spawnSync(process.execPath, [join(ROOT, "scripts/build.ts")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw new Error("The build failed; see above.");
}

/** What the bundle reads from the environment; anything already set there wins. */
function settingsFor({ folder, installation }: DataFolder, storage: string): LocalConfig {
  const settings = {
    CORDBOARD_PLATFORM: "local",
    CORDBOARD_DATA: folder,
    PUBLIC_URL: BASE_URL,
    STORAGE__blobServiceUri: storage,
    WHATSAPP_APP_SECRET: installation.whatsappAppSecret,
    WHATSAPP_VERIFY_TOKEN: installation.whatsappVerifyToken,
    WHATSAPP_API_BASE_URL: `${BASE_URL}/simulator/graph`,
  };
  process.env = { ...settings, ...process.env };
  const config = readConfig(process.env);
  if (config.platform !== "local")
    throw new Error("npm start is the one-machine edition: CORDBOARD_PLATFORM must be local.");
  return config;
}

/** Until the demo tenant is complete, `/api/health` says that this is not ready to serve. */
function notReady(request: IncomingMessage, response: ServerResponse): boolean {
  if (ready || request.url !== "/api/health") return false;
  response.writeHead(503, { "content-type": "application/json" }).end(JSON.stringify({ status: "starting" }));
  return true;
}

async function serve(data: DataFolder): Promise<void> {
  const azurite = await startAzurite({ folder: join(data.folder, "azurite"), port: 0 });
  const config = settingsFor(data, azurite.connectionString);
  const queue = openSqliteQueue({ file: config.files.queue, clock: systemClock });
  await queue.releaseLocks();
  const realtime = createRealtimeServer({ keyFile: config.files.realtimeKey, url: config.realtimeUrl });
  const simulator = createWhatsAppDouble({
    appSecret: config.whatsapp.appSecret,
    webhookUrl: `${BASE_URL}/api/webhooks/whatsapp`,
    dataFolder: join(data.folder, "simulator"),
    log: (line) => console.error(`[simulator] ${line}`),
  });
  const files = serveFiles(join(ROOT, "dist/web"));
  const host = await createHost({
    bundle: FUNCTIONS_BUNDLE,
    config: parseHostJson(readFileSync(join(ROOT, "host.json"), "utf8")),
    dataFolder: data.folder,
    queue,
    onArrival,
    settings: process.env,
    logger: consoleLogger("warning"),
    middleware: (request: IncomingMessage, response: ServerResponse) =>
      notReady(request, response) || simulator.handle(request, response) || files(request, response),
    onUpgrade: (request, socket, head) => realtime.upgrade(request, socket, head),
  });
  stopOnSignals(async () => {
    await simulator.close();
    await host.stop();
    realtime.close();
    await queue.close();
    await azurite.stop();
    data.release();
  });
  await host.start(PORT, HOST);
}

function greet(data: DataFolder, seconds: string): void {
  const lines = [
    "",
    `  Cordboard is ready after ${seconds} s; its data is in ${data.folder}`,
    "",
    `  Desk              ${BASE_URL}/`,
    `  Phone simulator   ${BASE_URL}/simulator/phones/`,
    ...(data.installation.demo === "none"
      ? []
      : [`  Demo sign-in      organisation ${DEMO.tenant}, ${DEMO.owner.email}, password ${DEMO.password}`]),
    "",
    "  Stop with Ctrl C.",
    "",
  ];
  console.log(lines.join("\n"));
}

try {
  const started = performance.now();
  if (!process.argv.includes("--no-build")) build();
  // The demo's password is printed and known: only a machine that nobody else reaches gets it.
  const isPrivate = HOST === "127.0.0.1" || HOST === "localhost";
  const data = openDataFolder(process.env.CORDBOARD_DATA ?? join(ROOT, ".cordboard"), isPrivate);
  await serve(data);
  if (data.installation.demo === "pending") {
    await createDemo(BASE_URL, [demoChannel]);
    data.demoDone();
  }
  ready = true;
  greet(data, ((performance.now() - started) / 1000).toFixed(1));
} catch (error) {
  console.error(`Cordboard did not start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
