import { defineConfig } from "vitest/config";
import { SummaryReporter } from "./test/setup/summary.ts";

/** What is told to whole installations, the newcomer's story in a browser included, on Azure's engines and their emulators. */
export default defineConfig({
  test: {
    reporters: ["default", new SummaryReporter()],
    env: { CORDBOARD_PLATFORM: "azure" },
    include: ["test/integration/**/*.test.ts", "test/browser/**/*.test.ts"],
    // These start no installation: there is nothing in them that the platform could change.
    exclude: ["test/integration/{blobs,sampling,telemetry}.test.ts"],
    setupFiles: ["test/setup/denyNetwork.ts"],
    testTimeout: 240_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
  },
});
