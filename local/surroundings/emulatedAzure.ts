import { rmSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../../shared/platform/config/config.ts";
import { azureCredential } from "../../shared/platform/credential.ts";
import { openServiceBusQueue } from "../../shared/platform/queue/serviceBus/serviceBusQueue.ts";
import { requireAnswer } from "../emulators/answering.ts";
import { startEmulators } from "../emulators/emulators.ts";
import type { StartSurroundings } from "./surroundings.ts";

/** Milliseconds a lane stays held after its last message: what else comes soon is quicker taken up anew than waited for. */
const LANE_WAIT = 10;

/**
 * The functions as they run on Azure, on this machine: every service whose address is not given is emulated in this process.
 * The emulated documents are kept in memory, and nothing else may outlive them: what the others left is removed at the start.
 */
export const startEmulatedAzure: StartSurroundings = async (dataFolder, given) => {
  const folder = join(dataFolder, "emulators");
  const keepsDocuments = (given.COSMOS_ENDPOINT ?? "") !== "";
  if (!keepsDocuments) rmSync(folder, { recursive: true, force: true });
  const emulators = await startEmulators(folder, given);
  const settings = { CORDBOARD_REGION: "local", ...emulators.settings, ...given, CORDBOARD_PLATFORM: "azure" };
  const config = readConfig(settings);
  if (config.platform !== "azure") throw new Error("The settings are of another platform.");
  for (const name of emulators.given) await requireAnswer(name, emulators.settings[name] ?? "");
  const queue = openServiceBusQueue({ ...config.serviceBus, credential: azureCredential }, { receiveWait: LANE_WAIT });
  return {
    settings,
    queue,
    simulatorFolder: join(folder, "simulator"),
    keepsDocuments,
    told: emulators.told,
    close: async () => {
      await queue.close();
      await emulators.close();
    },
  };
};
