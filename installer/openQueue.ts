import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { systemClock } from "../shared/platform/clock.ts";
import { ServiceBusSetting, serviceBusAt } from "../shared/platform/config/emulators.ts";
import { describe, parseSettings } from "../shared/platform/config/settings.ts";
import { azureCredential } from "../shared/platform/credential.ts";
import type { Queue } from "../shared/platform/queue/port.ts";
import { openServiceBusQueue } from "../shared/platform/queue/serviceBus/serviceBusQueue.ts";
import { openSqliteQueue } from "../shared/platform/queue/sqlite/sqliteQueue.ts";

/** Only what the command needs: an operator's machine has none of the product's secrets. */
const Platform = z.object({
  CORDBOARD_PLATFORM: describe('"local" or "azure"', z.enum(["local", "azure"])).default("local"),
});
const Local = z.object({ CORDBOARD_DATA: describe("a folder", z.string().min(1)).default(".cordboard") });
const Azure = z.object({ SERVICEBUS__fullyQualifiedNamespace: ServiceBusSetting });

/** The installation's queues, as the environment names them. Throws where there are none. */
export function openQueue(env: Readonly<Record<string, string | undefined>>): Queue {
  if (parseSettings(Platform, env).CORDBOARD_PLATFORM === "azure") {
    const serviceBus = serviceBusAt(parseSettings(Azure, env).SERVICEBUS__fullyQualifiedNamespace);
    return openServiceBusQueue({ ...serviceBus, credential: azureCredential });
  }
  const file = join(resolve(parseSettings(Local, env).CORDBOARD_DATA), "queue.db");
  if (!existsSync(file)) {
    throw new Error(`There is no ${file}. Set CORDBOARD_DATA to the data folder of the installation.`);
  }
  return openSqliteQueue({ file, clock: systemClock });
}
