import { defineConfig } from "vitest/config";

/** The newcomer's story, driven in a real Chromium against `npm start`. */
export default defineConfig({
  test: { include: ["test/browser/**/*.test.ts"], testTimeout: 240_000, hookTimeout: 180_000, maxWorkers: 1 },
});
