import { describe, expect, it } from "vitest";
import { toProblem, toSessionProblem } from "./errors.ts";

const errorWith = (code: string) => Object.assign(new Error("words of the broker"), { code });

describe("what Service Bus refuses", () => {
  it("names the role that is wanting", () => {
    const message = expect.stringMatching(/Azure Service Bus Data Owner/);
    const denied = { code: "unavailable", cause: { trouble: "denied", message } };
    expect(toProblem(errorWith("UnauthorizedAccess"))).toMatchObject(denied);
    expect(toSessionProblem(errorWith("UnauthorizedAccess"), "lane")).toMatchObject(denied);
  });

  it("names a queue that nobody made, and an address where nothing is", () => {
    expect(toProblem(errorWith("MessagingEntityNotFound"))).toMatchObject({ cause: { trouble: "incomplete" } });
    expect(toProblem(errorWith("ENOTFOUND"))).toMatchObject({ cause: { trouble: "unreachable" } });
  });

  it("says nothing of its words to whoever asked", () => {
    expect(String(toProblem(errorWith("UnauthorizedAccess")))).not.toContain("broker");
  });
});
