import { describe, expect, it } from "vitest";
import { filledTemplate, templateParts } from "./templates.ts";

describe("templates", () => {
  it("finds the places", () => {
    expect(templateParts("{{1}}: your order {{2}} is on its way")).toEqual([1, ": your order ", 2, " is on its way"]);
    expect(templateParts("Plain {1} words")).toEqual(["Plain {1} words"]);
  });

  it("fills what is known and leaves the rest to be seen", () => {
    expect(filledTemplate("Hello {{1}}, order {{2}} for {{1}}", ["Ana", ""])).toBe("Hello Ana, order {{2}} for Ana");
  });

  it("takes a value as it is, however it looks", () => {
    expect(filledTemplate("A {{1}} B {{2}}", ["{{2}}", "$&"])).toBe("A {{2}} B $&");
  });
});
