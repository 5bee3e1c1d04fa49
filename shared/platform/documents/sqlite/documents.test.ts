import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../clock.ts";
import { describeDocuments } from "../conformance.ts";
import type { Subject } from "../testing/subject.ts";
import { openSqliteDocuments } from "./documents.ts";

function subjectOn(file: string, cleanUp: () => void): Subject {
  let now = Date.UTC(2026, 0, 1);
  const clock: Clock = { now: () => new Date(now), sleep: async () => {} };
  const documents = openSqliteDocuments({ file, clock });
  return {
    documents,
    now: () => clock.now(),
    pass: async (seconds) => {
      now += seconds * 1000;
    },
    propertyRuns: 150,
    close: async () => {
      await documents.close();
      cleanUp();
    },
  };
}

describeDocuments({ name: "SQLite in memory", open: async () => subjectOn(":memory:", () => {}) });
describeDocuments({
  name: "SQLite in a file",
  open: async () => {
    const folder = mkdtempSync(join(tmpdir(), "documents-"));
    return subjectOn(join(folder, "data", "documents.db"), () => rmSync(folder, { recursive: true }));
  },
});
