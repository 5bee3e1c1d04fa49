import { availableParallelism } from "node:os";
import { buildFunctions, buildWeb } from "../scripts/build.ts";
import { benchColdStart } from "./coldStart.ts";
import { benchDelivery } from "./delivery.ts";
import { benchIngest } from "./ingest.ts";
import { benchStartUp } from "./startUp.ts";

/** `npm run bench [-- name…]`: each measurement beside its floor, in one run; see docs/benchmarks.md. */
const BENCHES = {
  ingest: benchIngest,
  delivery: () => benchDelivery({ seconds: 60 }),
  "cold-start": benchColdStart,
  "start-up": benchStartUp,
} satisfies Record<string, () => Promise<{ lines: string[] }>>;

const wanted = process.argv.slice(2);
await buildFunctions();
await buildWeb();
console.log(`Node ${process.version}, ${availableParallelism()} cores, load generator on the same machine`);
for (const [name, bench] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const { lines } = await bench();
  console.log(`\n${name}\n${lines.map((line) => `  ${line}`).join("\n")}`);
}
