import { defineConfig } from "vitest/config";
import { SummaryReporter } from "./test/setup/summary.ts";

/** The newcomer's story, driven in a real Chromium against `npm start`. */
export default defineConfig({
  test: {
    reporters: ["default", new SummaryReporter()],
    include: ["test/browser/**/*.test.ts"],
    testTimeout: 240_000,
    hookTimeout: 180_000,
    maxWorkers: 1,
  },
});
