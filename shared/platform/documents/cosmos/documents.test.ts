import { vi } from "vitest";
import { systemClock } from "../../clock.ts";
import { describeDocuments } from "../conformance.ts";
import { EMULATOR_KEY, startCosmosServer } from "../testing/cosmosServer.ts";
import { openCosmosDocuments } from "./documents.ts";

describeDocuments({
  name: "Cosmos DB, as @vercel/cosmosdb-server gives it behind a shim",
  async open() {
    // Server, shim and engine live in this process and go by its clock; only the date is set, timers run on.
    vi.useFakeTimers({ toFake: ["Date"] });
    const server = await startCosmosServer();
    const documents = openCosmosDocuments({
      endpoint: server.endpoint,
      databaseName: "cordboard",
      key: EMULATOR_KEY,
      discoverEndpoints: false,
      clock: systemClock,
    });
    await documents.ensureContainers();
    return {
      documents,
      now: () => new Date(),
      pass: async (seconds) => {
        vi.setSystemTime(Date.now() + seconds * 1000);
      },
      propertyRuns: 15,
      close: async () => {
        await documents.close();
        await server.close();
        vi.useRealTimers();
      },
    };
  },
});

const endpoint = process.env.COSMOS_ENDPOINT;
if (endpoint !== undefined)
  describeDocuments({
    name: `Cosmos DB at ${endpoint}`,
    async open() {
      const key = process.env.COSMOS_KEY;
      const documents = openCosmosDocuments({
        endpoint,
        databaseName: process.env.COSMOS_DATABASE ?? "cordboard-conformance",
        ...(key === undefined ? {} : { key }),
        discoverEndpoints: process.env.COSMOS_DISCOVER !== "false",
        clock: systemClock,
      });
      await documents.ensureContainers();
      return {
        documents,
        now: () => new Date(),
        pass: (seconds) => systemClock.sleep(seconds * 1000),
        propertyRuns: 5,
        close: () => documents.close(),
      };
    },
  });
