import { describe, expect, it } from "vitest";
import { ApiProblem, fieldError, plainWords, problemFrom } from "./problem.ts";

describe("problemFrom", () => {
  it("takes problem+json at its word", () => {
    const body = { code: "slug-taken", title: "Slug taken", detail: "Choose another.", status: 409 };
    expect(problemFrom(409, JSON.stringify(body), "3")).toMatchObject({
      code: "slug-taken",
      message: "Choose another.",
      retryAfter: 3,
    });
  });

  it.each(["<html>502</html>", "", "null", "7"])("makes words of anything else: %j", (text) => {
    const problem = problemFrom(502, text, null);
    expect(problem.code).toBe("unavailable");
    expect(problem.message).toContain("502");
  });
});

describe("fieldError", () => {
  it("finds a field with and without the body's name before it", () => {
    const problem = new ApiProblem("invalid-request", 400, "No", [
      { path: "body.name", message: "Too long." },
      { path: "email", message: "Not an address" },
    ]);
    expect(fieldError(problem, "name")).toBe("Too long.");
    expect(fieldError(problem, "email")).toBe("Not an address.");
    expect(fieldError(problem, "role")).toBeUndefined();
    expect(fieldError(new Error("x"), "name")).toBeUndefined();
  });
});

describe("plainWords", () => {
  it.each([
    ["Too small: expected string to have >=1 characters", "Fill this in."],
    ["Too small: expected string to have >=12 characters", "At least 12 characters."],
    ["Too big: expected string to have <=100 characters", "At most 100 characters."],
    ["Invalid input: expected string, received undefined", "Fill this in."],
    ["Digits only, as shown in WhatsApp Manager", "Digits only, as shown in WhatsApp Manager."],
  ])("%s", (message, words) => {
    expect(plainWords(message)).toBe(words);
  });
});
