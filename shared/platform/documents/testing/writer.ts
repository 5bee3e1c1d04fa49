import { writeSync } from "node:fs";
import { systemClock } from "../../clock.ts";
import { create } from "../port.ts";
import { openSqliteDocuments } from "../sqlite/documents.ts";
import { Message, tenant } from "./subject.ts";

/** Writes documents for ever and prints each id once it is acknowledged. Made to be killed. */
const store = openSqliteDocuments({ file: process.argv[2] ?? "", clock: systemClock }).forTenant(tenant("writer"));
writeSync(1, `${store.tenantId}\n`);
let number = 0;
async function writeOn(): Promise<void> {
  for (;;) {
    const id = `m${number++}`;
    await store.commit("conversations", [`c${number % 7}`], [create(Message, id, { status: "open" })]);
    writeSync(1, `${id}\n`);
  }
}
await Promise.all(Array.from({ length: 20 }, writeOn));
