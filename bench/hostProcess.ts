import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createHost } from "../local/host/host.ts";
import { parseHostJson } from "../local/host/hostConfig.ts";
import { consoleLogger } from "../local/host/logger.ts";

/** Serves one bundle on the local host, in a process of its own: `node bench/hostProcess.ts <bundle> <port> <folder>`. */
const [bundle = "", port = "0", dataFolder = "."] = process.argv.slice(2);
mkdirSync(dataFolder, { recursive: true });
const config = parseHostJson(readFileSync(join(import.meta.dirname, "../host.json"), "utf8"));
const host = await createHost({ bundle, config, dataFolder, logger: consoleLogger("error") });
await host.start(Number(port));
process.send?.("ready");
