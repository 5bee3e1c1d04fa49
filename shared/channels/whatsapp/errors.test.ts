import { describe, expect, it } from "vitest";
import { MessageError } from "../../conversations/model.ts";
import { codeOf, errorFor, messageErrorOf, ruleFor } from "./errors.ts";

describe("the error table", () => {
  it.each([
    [131047, "refused", "use-template"],
    [131026, "refused", "contact-elsewhere"],
    [130429, "later", "retry"],
    [131056, "later", "retry"],
    [131049, "refused", "none"],
    [131048, "refused", "fix-channel"],
    [132015, "refused", "use-template"],
    [132000, "refused", "use-template"],
    [132001, "refused", "use-template"],
    [132012, "refused", "use-template"],
    [190, "refused", "fix-channel"],
    [100, "refused", "none"],
    [131051, "refused", "none"],
    [131052, "refused", "none"],
    [131053, "refused", "none"],
    [80007, "later", "retry"],
    [133010, "refused", "fix-channel"],
    [368, "refused", "fix-channel"],
    [1, "later", "retry"],
    [2, "later", "retry"],
    [299, "refused", "fix-channel"],
    [987654, "refused", "retry"],
  ])("%i is %s, with the remedy %s", (code, outcome, remedy) => {
    expect(ruleFor(code)).toMatchObject({ outcome, remedy });
    expect(MessageError.parse(errorFor(code)).code).toBe(`whatsapp:${code}`);
    if (outcome === "later") expect(ruleFor(code).retryAfterSeconds).toBeGreaterThan(0);
  });

  it("says what becomes of the channel", () => {
    expect([190, 131048, 131047].map((code) => ruleFor(code).health)).toEqual(["failing", "paused", undefined]);
  });

  it("speaks in sentences, and shows nothing the provider wrote", () => {
    const ranges = [0, 100, 200, 80_000, 130_000, 131_000, 132_000, 133_000, 135_000];
    for (const code of ranges.flatMap((from) => Array.from({ length: 100 }, (_, n) => from + n)))
      expect(ruleFor(code).words).toMatch(/^[A-Z][^!<]*\.$/);
    expect(
      messageErrorOf({ code: 131026, title: "+31612345678", error_data: { details: "secret" } }).message,
    ).not.toMatch(/31612345678|secret/);
  });

  it("reads codes as numbers or digits only", () => {
    expect(
      [{ code: 190 }, { code: "190" }, { code: "1e3" }, { code: -1 }, { code: null }, null, "190", { code: 1.5 }].map(
        codeOf,
      ),
    ).toEqual([190, 190, undefined, undefined, undefined, undefined, undefined, undefined]);
    expect(messageErrorOf(undefined)).toMatchObject({ code: "whatsapp:unknown", remedy: "retry" });
  });
});
