import { parseArgs } from "node:util";
import { type CrashReport, crashRounds } from "./crashRounds.ts";

/** `npm run test:crash -- --rounds 500`: many kills, ten to an installation, and a summary. SEED repeats a run. */
const PER_INSTALLATION = 10;

const { values } = parseArgs({ options: { rounds: { type: "string", default: "200" } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds takes a whole number of 1 or more");
const seed = process.env.SEED ?? String(Date.now());

const reports: CrashReport[] = [];
for (let done = 0; done < rounds; done += PER_INSTALLATION) {
  const ownSeed = done === 0 ? seed : `${seed}-${done}`;
  const report = await crashRounds({ rounds: Math.min(PER_INSTALLATION, rounds - done), seed: ownSeed });
  reports.push(report);
  const { kills, acknowledged, sends, seconds, differences } = report;
  const result =
    differences.length === 0 ? "all well" : `${differences.length} DIFFERENCES, repeat with SEED=${ownSeed}`;
  console.log(
    `${done + kills} kills: ${acknowledged} acknowledged, ${sends} replies sent, ${seconds.toFixed(0)} s: ${result}`,
  );
  for (const difference of differences) console.log(`  ${difference}`);
}

const total = (pick: (report: CrashReport) => number) => reports.reduce((sum, report) => sum + pick(report), 0);
const differences = total((report) => report.differences.length);
console.log(`
${total((report) => report.kills)} kills in ${total((report) => report.seconds).toFixed(0)} s, ${total((report) => report.killsWhileStarting)} of them while it started (SEED=${seed})
webhook messages   ${total((report) => report.written)} written, ${total((report) => report.acknowledged)} acknowledged, ${total((report) => report.duplicates)} duplicates delivered
agents' replies    ${total((report) => report.replies)} posted, ${total((report) => report.sends)} accepted by the provider, ${total((report) => report.unknownOutcomes)} of unknown outcome
outbox             ${total((report) => report.sweptEntries)} entries left by kills and published by the sweep
lost, doubled, out of order or otherwise wrong: ${differences}`);
process.exitCode = differences === 0 ? 0 : 1;
