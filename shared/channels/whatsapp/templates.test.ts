import { describe, expect, it } from "vitest";
import { nextPage, readTemplates } from "./templates.ts";

const template = (change: object = {}, body = "Hello {{1}}") => ({
  name: "t",
  language: "en",
  status: "APPROVED",
  category: "UTILITY",
  components: [{ type: "BODY", text: body }],
  ...change,
});
const read = (raw: unknown) =>
  readTemplates({ data: [raw] }).map(({ shown, parameterNames }) => ({ ...shown, parameterNames }));

describe("readTemplates", () => {
  it("numbers parameters in the order in which they are filled in", () => {
    expect(read(template({}, "{{2}} before {{1}}, and {{2}} again"))).toMatchObject([
      { body: "{{2}} before {{1}}, and {{2}} again", parameterCount: 2, parameterNames: undefined },
    ]);
    expect(
      read(template({ parameter_format: "NAMED" }, "Dear {{last_name}}, {{day}} suits {{last_name}}?")),
    ).toMatchObject([
      { body: "Dear {{1}}, {{2}} suits {{1}}?", parameterCount: 2, parameterNames: ["last_name", "day"] },
    ]);
  });

  it("leaves out what text alone cannot fill in, and what is not approved", () => {
    const body = { type: "BODY", text: "Hello" };
    const leftOut = [
      template({ status: "PAUSED" }),
      template({ category: "OTHER" }),
      template({ components: [] }),
      template({ components: [body, { type: "HEADER", format: "IMAGE" }] }),
      template({ components: [body, { type: "HEADER", format: "TEXT", text: "Order {{1}}" }] }),
      template({
        components: [body, { type: "BUTTONS", buttons: [{ type: "URL", url: "https://example.com/{{1}}" }] }],
      }),
      template({ components: [body, { type: "BUTTONS", buttons: [{ type: "COPY_CODE" }] }] }),
      template({ components: [body, { type: "CAROUSEL" }] }),
      template({ name: {} }),
      null,
      "text",
      { components: { length: 1e9 } },
    ];
    for (const raw of leftOut) expect(read(raw), JSON.stringify(raw)).toEqual([]);
    const buttons = [{ type: "QUICK_REPLY" }, { type: "URL", url: "https://example.com" }, { type: "PHONE_NUMBER" }];
    expect(read(template({ components: [body, { type: "BUTTONS", buttons }] }))).toHaveLength(1);
    expect(readTemplates({ data: "none" })).toEqual([]);
  });
});

describe("nextPage", () => {
  it("is the cursor as long as there is a next page", () => {
    expect(nextPage({ paging: { cursors: { after: "abc" }, next: "https://graph.facebook.com/…" } })).toBe("abc");
    expect(nextPage({ paging: { cursors: { after: "abc" } } })).toBeUndefined();
    expect(nextPage({})).toBeUndefined();
  });
});
