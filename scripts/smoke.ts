import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";

const USAGE = `Usage: node scripts/smoke.ts <address> [--sign-up allowed|refused] [--wait <seconds>]

Asks an installation what every release must answer. It changes nothing, unless --sign-up is given: then it signs up an
organisation that becomes a trial, or expects to be refused. --wait (default 120): for how long an answer may be a wrong
one, since a new release takes a while to start. WHATSAPP_VERIFY_TOKEN in the environment: Meta's check is made too.`;

/** Milliseconds until one answer must be there: more than a cold start. */
const ANSWER_LIMIT = 20_000;
/** Milliseconds between two tries. */
const EVERY = 2000;

export interface SmokeOptions {
  /** An origin, e.g. `https://cordboard.example.com`. */
  readonly address: string;
  /** What a sign-up should meet; undefined: none is tried. */
  readonly signUp?: "allowed" | "refused" | undefined;
  /** Undefined: Meta's check is made with a wrong token only. */
  readonly verifyToken?: string | undefined;
  /** Milliseconds. */
  readonly wait: number;
}

/** Throws what is wrong; anything else is well. */
type Check = (ask: Ask, options: SmokeOptions) => Promise<void>;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

type Ask = (path: string, init?: RequestInit) => Promise<Answer>;

const Problem = z.object({ code: z.string() });
const Health = z.object({ status: z.string(), dependencies: z.record(z.string(), z.string()) });
const OpenApi = z.object({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) });
const SignedIn = z.object({ accessToken: z.string(), tenant: z.object({ slug: z.string(), status: z.string() }) });

class Wrong extends Error {
  override readonly name = "Wrong";
}

function expectStatus(answer: Answer, status: number, code?: string): void {
  const told = /json/.test(answer.headers.get("content-type") ?? "")
    ? Problem.safeParse(JSON.parse(answer.text))
    : undefined;
  const given = `${answer.status}${told?.success ? ` ${told.data.code}` : ""}`;
  const expected = `${status}${code === undefined ? "" : ` ${code}`}`;
  if (given !== expected && !(code === undefined && answer.status === status))
    throw new Wrong(`answered ${given} where ${expected} was due`);
}

const json = (body: unknown): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** In this order, by what is shown for each. */
const CHECKS: Readonly<Record<string, Check>> = {
  "it is healthy, with all that it stands on": async (ask) => {
    const answer = await ask("/api/health");
    expectStatus(answer, 200);
    const { status, dependencies } = Health.parse(JSON.parse(answer.text));
    const down = Object.entries(dependencies).filter(([, state]) => state !== "ok");
    if (status !== "ok" || down.length > 0) throw new Wrong(`${down.map(([name]) => name).join(", ")} is down`);
  },
  "it describes its API": async (ask) => {
    const answer = await ask("/api/openapi.json");
    expectStatus(answer, 200);
    const { paths } = OpenApi.parse(JSON.parse(answer.text));
    for (const path of ["/api/me", "/api/webhooks/whatsapp"])
      if (!(path in paths)) throw new Wrong(`its description has no ${path}`);
  },
  "it lets nobody in without a token": async (ask) => {
    expectStatus(await ask("/api/conversations"), 401, "unauthenticated");
    expectStatus(await ask("/api/me", { headers: { authorization: "Bearer smoke" } }), 401, "unauthenticated");
  },
  "it takes no webhook without a signature": async (ask) => {
    expectStatus(await ask("/api/webhooks/whatsapp", json({ entry: [] })), 401, "invalid-signature");
  },
  "it answers Meta's check": async (ask, { verifyToken }) => {
    const check = (token: string) =>
      ask(
        `/api/webhooks/whatsapp?${new URLSearchParams({ "hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "4711" })}`,
      );
    expectStatus(await check("a wrong token"), 403, "forbidden");
    if (verifyToken === undefined) return;
    const answer = await check(verifyToken);
    expectStatus(answer, 200);
    if (answer.text !== "4711") throw new Wrong("it did not give the challenge back");
  },
  "it refuses a sign-up that is none": async (ask) => {
    expectStatus(await ask("/api/auth/sign-up", json({ organization: "Smoke" })), 400, "invalid-request");
  },
  "it treats sign-ups as it should": async (ask, { signUp }) => {
    if (signUp === undefined) return;
    const slug = `smoke-${randomBytes(6).toString("hex")}`;
    const person = {
      name: "Smoke test",
      email: `${slug}@example.com`,
      password: randomBytes(24).toString("base64url"),
    };
    const answer = await ask("/api/auth/sign-up", json({ organization: "Smoke test", slug, ...person }));
    if (signUp === "refused") return expectStatus(answer, 403);
    expectStatus(answer, 201);
    const { accessToken, tenant } = SignedIn.parse(JSON.parse(answer.text));
    if (tenant.slug !== slug) throw new Wrong(`it signed up ${tenant.slug}`);
    expectStatus(await ask("/api/me", { headers: { authorization: `Bearer ${accessToken}` } }), 200);
  },
  "it serves the desk": async (ask) => {
    const page = await ask("/");
    expectStatus(page, 200);
    if (!/text\/html/.test(page.headers.get("content-type") ?? "")) throw new Wrong("its page is no HTML");
    if (page.headers.get("content-security-policy") === null)
      throw new Wrong("its page has no content security policy");
    const [, script] = /<script[^>]+src="([^"]+)"/.exec(page.text) ?? [];
    if (script === undefined) throw new Wrong("its page has no script");
    const file = await ask(script);
    expectStatus(file, 200);
    if (!/javascript/.test(file.headers.get("content-type") ?? "")) throw new Wrong(`${script} is no script`);
  },
};

/** Makes every check, each again until `wait` is over for all. Tells each result in a line; resolves to whether all is well. */
export async function smoke(options: SmokeOptions, tell: (line: string) => void): Promise<boolean> {
  const deadline = Date.now() + options.wait;
  let well = true;
  for (const [what, check] of Object.entries(CHECKS)) {
    const problem = await until(deadline, () => check(asking(options.address), options));
    tell(problem === undefined ? `ok      ${what}` : `FAILED  ${what}: ${problem}`);
    well &&= problem === undefined;
  }
  return well;
}

/** What was wrong at the last try; undefined: nothing. */
async function until(deadline: number, check: () => Promise<void>): Promise<string | undefined> {
  for (;;) {
    try {
      await check();
      return undefined;
    } catch (error) {
      if (Date.now() + EVERY < deadline) await pause(EVERY);
      else return describe(error);
    }
  }
}

function describe(error: unknown): string {
  if (error instanceof Wrong) return error.message;
  if (error instanceof z.ZodError || error instanceof SyntaxError) return "its answer has another form than it should";
  const code =
    error instanceof Error && error.cause instanceof Error && "code" in error.cause ? error.cause.code : undefined;
  return `no answer (${String(code ?? (error instanceof Error ? error.name : error))})`;
}

function asking(address: string): Ask {
  return async (path, init) => {
    const response = await fetch(new URL(path, address), {
      redirect: "manual",
      signal: AbortSignal.timeout(ANSWER_LIMIT),
      ...init,
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
}

/** The command line as options; undefined: not understood. */
export function smokeOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): SmokeOptions | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { "sign-up": { type: "string" }, wait: { type: "string", default: "120" } },
  });
  const [address = ""] = positionals;
  const signUp = z.enum(["allowed", "refused"]).optional().safeParse(values["sign-up"]);
  const seconds = z.coerce.number().min(0).max(3600).safeParse(values.wait);
  if (positionals.length !== 1 || !/^https?:\/\/[^/]+\/?$/.test(address) || !signUp.success || !seconds.success)
    return undefined;
  return { address, signUp: signUp.data, verifyToken: env.WHATSAPP_VERIFY_TOKEN, wait: seconds.data * 1000 };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const options = smokeOptions(process.argv.slice(2), process.env);
  if (options === undefined) {
    console.error(USAGE);
    process.exitCode = 2;
  } else if (!(await smoke(options, (line) => console.log(line)))) process.exitCode = 1;
}
