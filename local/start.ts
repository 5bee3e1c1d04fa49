import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { FUNCTIONS_BUNDLE } from "../scripts/build.ts";
import { readConfig } from "../shared/platform/config/config.ts";
import { type DataFolder, openDataFolder } from "./dataFolder.ts";
import { createDemo, DEMO } from "./demo.ts";
import { createHost, stopOnSignals } from "./host/host.ts";
import { parseHostJson } from "./host/hostConfig.ts";
import { consoleLogger } from "./host/logger.ts";
import { serveFiles } from "./staticFiles.ts";
import type { StartSurroundings, Surroundings } from "./surroundings/surroundings.ts";
import { createWhatsAppDouble } from "./whatsapp/double.ts";
import { demoChannel } from "./whatsapp/seed.ts";

/**
 * `npm start`: the whole product on one machine. Builds what changed, starts the services that the functions stand on, the
 * WhatsApp simulator and the functions host, makes the demo tenant on an empty data folder, and says where everything is.
 * `npm run start:emulators` (or CORDBOARD_PLATFORM=azure) does the same on Azure's engines and emulators of its services.
 */
const ROOT = join(import.meta.dirname, "..");
const PORT = Number(process.env.PORT ?? 7071);
const HOST = process.env.HOST ?? "127.0.0.1";
const BASE_URL = `http://localhost:${PORT}`;
const ON_AZURE = process.argv.includes("--emulators") || process.env.CORDBOARD_PLATFORM === "azure";
/** How long running work may take when it is told to stop. */
const DRAIN_SECONDS = Number(process.env.DRAIN_SECONDS ?? 10);
const FOLDER = process.env.CORDBOARD_DATA ?? join(ROOT, ON_AZURE ? ".cordboard-emulators" : ".cordboard");

let ready = false;

/** In a process of its own, so that the builders' memory goes when they have done. */
function build(): void {
  const { status } = spawnSync(process.execPath, [join(ROOT, "scripts/build.ts")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw new Error("The build failed; see above.");
}

/** Until the demo tenant is complete, `/api/health` says that this is not ready to serve. */
function notReady(request: IncomingMessage, response: ServerResponse): boolean {
  if (ready || request.url !== "/api/health") return false;
  response.writeHead(503, { "content-type": "application/json" }).end(JSON.stringify({ status: "starting" }));
  return true;
}

/** What the settings are when the environment says nothing else. */
function defaultSettings({ installation }: DataFolder): Readonly<Record<string, string>> {
  return {
    PUBLIC_URL: BASE_URL,
    WHATSAPP_APP_SECRET: installation.whatsappAppSecret,
    WHATSAPP_VERIFY_TOKEN: installation.whatsappVerifyToken,
    WHATSAPP_API_BASE_URL: `${BASE_URL}/simulator/graph`,
  };
}

/** Loads the one edition alone: the other's engines and emulators would double the time of a start. */
async function edition(): Promise<StartSurroundings> {
  return ON_AZURE
    ? (await import("./surroundings/emulatedAzure.ts")).startEmulatedAzure
    : (await import("./surroundings/oneMachine.ts")).startOneMachine;
}

async function serve(data: DataFolder): Promise<Surroundings> {
  const startSurroundings = await edition();
  const surroundings = await startSurroundings(data.folder, { ...defaultSettings(data), ...process.env });
  process.env = { ...surroundings.settings };
  const simulator = createWhatsAppDouble({
    appSecret: readConfig(process.env).whatsapp.appSecret,
    webhookUrl: `${BASE_URL}/api/webhooks/whatsapp`,
    dataFolder: surroundings.simulatorFolder,
    log: (line) => console.error(`[simulator] ${line}`),
  });
  const files = serveFiles(join(ROOT, "dist/web"));
  const host = await createHost({
    bundle: FUNCTIONS_BUNDLE,
    config: parseHostJson(readFileSync(join(ROOT, "host.json"), "utf8")),
    dataFolder: data.folder,
    queue: surroundings.queue,
    ...(surroundings.onArrival && { onArrival: surroundings.onArrival }),
    ...(surroundings.onUpgrade && { onUpgrade: surroundings.onUpgrade }),
    settings: process.env,
    logger: consoleLogger(),
    drainMs: DRAIN_SECONDS * 1000,
    middleware: (request: IncomingMessage, response: ServerResponse) =>
      notReady(request, response) || simulator.handle(request, response) || files(request, response),
  });
  stopOnSignals(async () => {
    await simulator.close();
    await host.stop();
    await surroundings.close();
    data.release();
  });
  await host.start(PORT, HOST);
  return surroundings;
}

function greet(data: DataFolder, { told, keepsDocuments }: Surroundings, seconds: string): void {
  const place = keepsDocuments ? `its data is in ${data.folder}` : "its data is kept in memory, until it stops";
  const lines = [
    "",
    `  Cordboard is ready after ${seconds} s; ${place}`,
    "",
    ...(told.length === 0 ? [] : [...told.map((line) => `  ${line}`), ""]),
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
  if (!(DRAIN_SECONDS >= 0)) throw new Error("DRAIN_SECONDS must be a number of seconds.");
  if (!process.argv.includes("--no-build")) build();
  // The demo's password is printed and known: only a machine that nobody else reaches gets it.
  const isPrivate = HOST === "127.0.0.1" || HOST === "localhost";
  const data = openDataFolder(FOLDER, isPrivate);
  const surroundings = await serve(data);
  const { demo } = data.installation;
  if (demo === "pending" || (demo === "done" && !surroundings.keepsDocuments)) {
    await createDemo(BASE_URL, [demoChannel]);
    data.demoDone();
  }
  ready = true;
  greet(data, surroundings, ((performance.now() - started) / 1000).toFixed(1));
} catch (error) {
  console.error(`Cordboard did not start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
