import { defineConfig } from "vitest/config";
import { SummaryReporter } from "./test/setup/summary.ts";

/** Everything that needs no browser. Long runs (crash, bench) have scripts of their own. */
export default defineConfig({
  test: {
    reporters: ["default", new SummaryReporter()],
    include: ["{functions,shared,local,installer,test,web/src,scripts}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "test/browser/**"],
    setupFiles: ["test/setup/denyNetwork.ts"],
    testTimeout: 30_000,
    maxWorkers: 2,
  },
});
