import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Media } from "../../shared/media/model.ts";
import type { Answer } from "./answer.ts";
import { Installation } from "./installation.ts";
import { Organisation } from "./organisation.ts";

let installation: Installation;
let a: Organisation;

beforeAll(async () => {
  installation = new Installation();
  a = await Organisation.make(installation, "alpha");
});
afterAll(() => installation.close());

/** Uploads a file as it is given, and downloads it as an agent's browser would. */
async function throughTheDoor(fileName: string, type: string, content = "<script>alert(1)</script>"): Promise<Answer> {
  const call = { raw: Buffer.from(content), headers: { "content-type": type }, query: { fileName } };
  const { id } = await a.get(Media, "POST media", call);
  return a.send("GET media/{id}", { params: { id } }, "agent");
}

const NAMES = [
  'a".html',
  "a\r\nSet-Cookie: stolen=1\r\n\r\n<script>",
  "a; filename=evil.exe",
  "a\"; filename*=UTF-8''evil.exe; x=\"",
  "../../etc/passwd",
  "..\\..\\boot.ini",
  "photo\u202egpj.exe",
  "💥".repeat(300),
  "%0d%0aSet-Cookie:x=1",
  "\u0085\u2028name",
  "....",
];

describe("a file's name", () => {
  it.each(NAMES)("%j stays within its header", async (name) => {
    const { status, headers } = await throughTheDoor(name, "application/octet-stream");
    expect(status).toBe(200);
    const disposition = headers.get("content-disposition") ?? "";
    expect(disposition).toMatch(/^attachment(; filename="[^"\\%/]*"; filename\*=UTF-8''[\w.!#$&+^`|~%-]+)?$/);
    const [, encoded = ""] = /UTF-8''(.*)$/.exec(disposition) ?? [];
    expect(decodeURIComponent(encoded)).not.toMatch(/[/\\\p{Cc}\p{Cf}]/u);
    expect(headers.has("set-cookie")).toBe(false);
  });

  it("with a character that cannot be kept is refused", async () => {
    const call = {
      raw: Buffer.from("x"),
      headers: { "content-type": "text/plain" },
      query: { fileName: "a\u0000.txt" },
    };
    expect((await a.send("POST media", call)).code).toBe("invalid-request");
  });
});

const SCRIPTS = [
  "text/html",
  "TEXT/HTML; charset=utf-7",
  "image/svg+xml",
  "application/xhtml+xml",
  "text/xml",
  "text/javascript",
  "application/x-shockwave-flash",
  "multipart/x-mixed-replace",
  "image/png\t,text/html",
  "image/jpeg, text/html",
  "",
  "nonsense",
];

describe("a file's type", () => {
  it.each(SCRIPTS)("%j never runs in the desk's name", async (type) => {
    const { status, headers } = await throughTheDoor("page.html", type);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("application/octet-stream");
    expect(headers.get("content-disposition")).toMatch(/^attachment/);
  });

  it.each(["image/png", "application/pdf", ...SCRIPTS])("%j is not guessed at, and is sandboxed", async (type) => {
    const { headers } = await throughTheDoor("page.html", type);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");
    expect(headers.get("cache-control")).toMatch(/^private/);
  });
});

describe("in the whole run", () => {
  it("no secret was told, and nothing private was logged", () => {
    expect(installation.watch.leaks).toEqual([]);
  });
});
