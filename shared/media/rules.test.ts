import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { baseType, cleanFileName, contentDisposition, MAX_ANSWER_BYTES, rangeOf, servedAs } from "./rules.ts";

describe("ranges", () => {
  it.each([
    [null, 100, "whole"],
    ["bytes=0-9", 100, { start: 0, end: 9 }],
    ["bytes=90-", 100, { start: 90, end: 99 }],
    ["bytes=-10", 100, { start: 90, end: 99 }],
    ["bytes=-1000", 100, { start: 0, end: 99 }],
    ["bytes=50-1000", 100, { start: 50, end: 99 }],
    ["bytes=100-", 100, "unsatisfiable"],
    ["bytes=-0", 100, "unsatisfiable"],
    ["bytes=0-", 0, "unsatisfiable"],
    ["bytes=9-1", 100, "whole"],
    ["bytes=-", 100, "whole"],
    ["bytes=0-1,5-6", 100, "whole"],
    ["items=0-1", 100, "whole"],
    ["bytes=0-", 3 * MAX_ANSWER_BYTES, { start: 0, end: MAX_ANSWER_BYTES - 1 }],
  ] as const)("%s of %i", (header, size, expected) => {
    expect(rangeOf(header, size)).toEqual(expected);
  });

  it("always lie within the file and the limit", () => {
    const number = fc.option(fc.nat({ max: 10 ** 9 }), { nil: "" });
    fc.assert(
      fc.property(number, number, fc.nat({ max: 10 ** 9 }), (from, to, size) => {
        const range = rangeOf(`bytes=${from}-${to}`, size);
        if (typeof range === "string") return;
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.end).toBeGreaterThanOrEqual(range.start);
        expect(range.end).toBeLessThan(size);
        expect(range.end - range.start).toBeLessThan(MAX_ANSWER_BYTES);
      }),
    );
  });
});

describe("serving", () => {
  it.each([
    ["image/png", "image/png", true],
    ["audio/ogg; codecs=opus", "audio/ogg", true],
    ["IMAGE/JPEG", "image/jpeg", true],
    ["application/pdf", "application/pdf", true],
    ["image/svg+xml", "application/octet-stream", false],
    ["text/html", "application/octet-stream", false],
    ["application/xhtml+xml", "application/octet-stream", false],
    ["text/javascript", "application/octet-stream", false],
    ["", "application/octet-stream", false],
    ["image/png\r\nx: y", "application/octet-stream", false],
  ])("%j as %s", (mimeType, contentType, inline) => {
    expect(servedAs(mimeType)).toEqual({ contentType, inline });
  });

  it("names files in headers without breaking them", () => {
    expect(contentDisposition(true, undefined)).toBe("inline");
    expect(contentDisposition(false, 'my "plan" 100%.pdf')).toBe(
      `attachment; filename="my _plan_ 100_.pdf"; filename*=UTF-8''my%20%22plan%22%20100%25.pdf`,
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
        const disposition = contentDisposition(false, cleanFileName(name));
        expect(disposition).toMatch(/^[\x20-\x7e]+$/);
        new Headers({ "content-disposition": disposition });
      }),
    );
  });

  it("cleans names of paths, controls and direction marks", () => {
    expect(cleanFileName("../../etc/passwd")).toBe("passwd");
    expect(cleanFileName("C:\\temp\\a.txt")).toBe("a.txt");
    expect(cleanFileName("invoice\u202Efdp.exe")).toBe("invoicefdp.exe");
    expect(cleanFileName("a\r\nb.txt")).toBe("ab.txt");
    for (const nothing of [undefined, "", "..", "/", " "]) expect(cleanFileName(nothing)).toBeUndefined();
  });

  it("takes what is no media type for bytes", () => {
    for (const odd of ["x", "a/b/c", "a/ b", `${"a".repeat(200)}/b`])
      expect(baseType(odd)).toBe("application/octet-stream");
  });
});
