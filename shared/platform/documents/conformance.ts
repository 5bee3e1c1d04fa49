import { afterAll, beforeAll, describe } from "vitest";
import { againstModel } from "./conformance/model.ts";
import { queries } from "./conformance/queries.ts";
import { time } from "./conformance/time.ts";
import { writes } from "./conformance/writes.ts";
import type { Subject, SubjectUnderTest } from "./testing/subject.ts";

/** The behaviour that every engine must have, whichever it is. Call it at the top of a test file. */
export function describeDocuments({ name, open }: SubjectUnderTest): void {
  describe(`documents on ${name}`, () => {
    let opened: Subject | undefined;
    const subject = (): Subject => {
      if (opened === undefined) throw new Error("The engine is not open");
      return opened;
    };
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened?.close());

    describe("writes", () => writes(subject));
    describe("queries", () => queries(subject));
    describe("time", () => time(subject));
    describe("a model", () => againstModel(subject));
  });
}
