import { describe, expect, it } from "vitest";
import { slugOf } from "./slug.ts";

describe("slugOf", () => {
  it.each([
    ["Acme Support", "acme-support"],
    ["  Bäckerei Müller & Söhne  ", "backerei-muller-sohne"],
    ["株式会社", ""],
    [`${"A".repeat(39)} b`, "a".repeat(39)],
  ])("makes %j %j", (organization, slug) => {
    expect(slugOf(organization)).toBe(slug);
  });
});
