import { readFileSync } from "node:fs";
import tls from "node:tls";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openTelemetry } from "../../shared/platform/telemetry/telemetry.ts";
import { type Ingestion, startIngestion } from "../harness/ingestion.ts";
import { temporaryFolder } from "../harness/installation.ts";
import { Installation } from "../isolation/installation.ts";
import { type Canary, heard } from "./canaries.ts";
import { CANARIES, everything } from "./story.ts";

/** The watch takes e-mail addresses and cookies by their form; here each counts by itself. */
function remembering({ watch }: Installation): { readonly lines: string[]; readonly canaries: Canary[] } {
  const lines: string[] = [];
  const canaries: Canary[] = [...CANARIES];
  const add = (what: string, value: string) => {
    if (value.length >= 8) canaries.push({ what: `${what} ${value}`, value });
  };
  const { logged, secret, token, answered } = watch;
  const isPrivate = watch.private;
  watch.logged = (line) => {
    lines.push(line);
    logged.call(watch, line);
  };
  watch.secret = (...values) => {
    for (const value of values) add("secret", value);
    secret.call(watch, ...values);
  };
  watch.private = (...values) => {
    for (const value of values) add("private", value);
    isPrivate.call(watch, ...values);
  };
  watch.token = (value, owner) => {
    add("token", value);
    token.call(watch, value, owner);
  };
  watch.answered = (answer, call, from) => {
    for (const { name, value } of answer.cookies) add(`cookie ${name}`, value);
    answered.call(watch, answer, call, from);
  };
  return { lines, canaries };
}

describe("everything that is logged or sent to Application Insights", () => {
  const folder = temporaryFolder();
  let ingestion: Ingestion;
  let installation: Installation;
  let told: ReturnType<typeof remembering>;

  beforeAll(async () => {
    ingestion = await startIngestion(folder.path);
    const { APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString, NODE_EXTRA_CA_CERTS, ...env } = ingestion.env;
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    tls.setDefaultCACertificates([readFileSync(NODE_EXTRA_CA_CERTS ?? "", "utf8")]);
    const open: typeof openTelemetry = (options) =>
      openTelemetry({ ...options, connectionString, tracesPerSecond: 10_000 });
    installation = new Installation(undefined, open);
    told = remembering(installation);
    await everything(installation);
    await installation.telemetry.flush();
  }, 120_000);
  afterAll(async () => {
    await installation.close();
    await ingestion.stop();
    vi.unstubAllEnvs();
    folder.remove();
  });

  it("is much, of every kind", () => {
    const messages = new Set(told.lines.map((line) => JSON.parse(line).message));
    for (const message of [
      "request refused",
      "message parked",
      "message failed, will be redelivered",
      "dependency down",
    ])
      expect([...messages]).toContain(message);
    const kinds = Map.groupBy(ingestion.items, ({ data }) => data.baseType);
    for (const kind of ["RequestData", "RemoteDependencyData", "ExceptionData"])
      expect(kinds.get(kind)?.length ?? 0, kind).toBeGreaterThan(50);
    expect(told.canaries.length).toBeGreaterThan(20);
  });

  it("holds nothing private, however it is written", () => {
    expect(heard(told.lines.join(""), told.canaries)).toEqual([]);
    expect(heard(JSON.stringify(ingestion.items), told.canaries)).toEqual([]);
    expect(installation.watch.leaks).toEqual([]);
  });
});

describe("a canary", () => {
  const canary = { what: "text", value: 'Rebhuhn "zwölf" & <Söhne>?' };
  const forms: readonly (readonly [string, string])[] = [
    ["plain", canary.value.toUpperCase()],
    ["as JSON", JSON.stringify({ deep: JSON.stringify({ text: canary.value }) })],
    ["as an address", `https://x.test/?q=${encodeURIComponent(canary.value)}`],
    ["as a form", new URLSearchParams({ q: canary.value }).toString()],
    ["in base64", Buffer.from(`more ${canary.value} more`).toString("base64")],
    ["in base64", Buffer.from(`and more ${canary.value}`).toString("base64url")],
    ["in hexadecimal", Buffer.from(canary.value).toString("hex")],
  ];

  it.each(forms)("is heard %s", (how, text) => {
    expect(heard(`before ${text} after`, [canary]).join()).toContain(how);
  });

  it("is not heard where it is not", () => {
    expect(heard(JSON.stringify(CANARIES.filter(({ what }) => what !== "text")), [canary])).toEqual([]);
  });
});
