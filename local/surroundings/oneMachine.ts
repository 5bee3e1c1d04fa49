import { join } from "node:path";
import { systemClock } from "../../shared/platform/clock.ts";
import { readConfig } from "../../shared/platform/config/config.ts";
import { onArrival } from "../../shared/platform/queue/arrivals.ts";
import { openSqliteQueue } from "../../shared/platform/queue/sqlite/sqliteQueue.ts";
import { startAzurite } from "../azurite.ts";
import { createRealtimeServer } from "../realtime/realtimeServer.ts";
import type { StartSurroundings } from "./surroundings.ts";

/** The one-machine edition: SQLite, Azurite and live updates in this process, all kept in the data folder. */
export const startOneMachine: StartSurroundings = async (folder, given) => {
  const azurite = await startAzurite({ folder: join(folder, "azurite"), port: 0 });
  const settings = {
    CORDBOARD_DATA: folder,
    STORAGE__blobServiceUri: azurite.connectionString,
    ...given,
    CORDBOARD_PLATFORM: "local",
  };
  const config = readConfig(settings);
  if (config.platform !== "local") throw new Error("The settings are of another platform.");
  const queue = openSqliteQueue({ file: config.files.queue, clock: systemClock });
  await queue.releaseLocks();
  const realtime = createRealtimeServer({ keyFile: config.files.realtimeKey, url: config.realtimeUrl });
  return {
    settings,
    queue,
    onArrival,
    onUpgrade: (request, socket, head) => realtime.upgrade(request, socket, head),
    simulatorFolder: join(folder, "simulator"),
    keepsDocuments: true,
    told: [],
    close: async () => {
      realtime.close();
      await queue.close();
      await azurite.stop();
    },
  };
};
