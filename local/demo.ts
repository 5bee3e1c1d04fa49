import { z } from "zod";

/** The demo tenant: made through the same API that people use, so that it can hold nothing they could not have made. */
export const DEMO = {
  tenant: "demo",
  organization: "Canal Bikes",
  password: "cordboard-demo",
  owner: { name: "Noor de Vries", email: "owner@demo.example" },
  agents: [
    { id: "sam", name: "Sam Okafor", email: "agent@demo.example", role: "agent" },
    { id: "mila", name: "Mila Jansen", email: "supervisor@demo.example", role: "supervisor" },
  ],
} as const;

export interface DemoChannel {
  readonly id: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** Makes what is missing of the demo tenant; may be repeated. Throws with the answer when the API refuses. */
export async function createDemo(baseUrl: string, channels: readonly DemoChannel[]): Promise<void> {
  const accessToken = await signUpOrIn(baseUrl);
  const put = (path: string, body: unknown) =>
    call(`${baseUrl}/api/configuration/${path}`, "PUT", body, {
      authorization: `Bearer ${accessToken}`,
      "if-none-match": "*",
    });
  for (const { id, ...agent } of DEMO.agents) {
    accept(await put(`users/${id}`, { ...agent, password: DEMO.password }), [200, 201, 412]);
  }
  for (const { id, settings } of channels) {
    accept(await put(`whatsapp-channels/${id}`, settings), [200, 201, 412]);
  }
}

async function signUpOrIn(baseUrl: string): Promise<string> {
  const { tenant, organization, password, owner } = DEMO;
  const signedUp = await call(`${baseUrl}/api/auth/sign-up`, "POST", {
    organization,
    slug: tenant,
    ...owner,
    password,
  });
  if (signedUp.status === 201) return signedUp.body.accessToken;
  accept(signedUp, [409]);
  const login = await call(`${baseUrl}/api/auth/login`, "POST", { tenant, email: owner.email, password });
  return accept(login, [200]).accessToken;
}

const Body = z.looseObject({ accessToken: z.string().default("") });

interface Answer {
  readonly status: number;
  readonly body: z.infer<typeof Body>;
}

async function call(url: string, method: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  });
  return { status: response.status, body: Body.parse(await response.json()) };
}

function accept({ status, body }: Answer, accepted: readonly number[]): Answer["body"] {
  if (!accepted.includes(status)) throw new Error(`The demo could not be made: ${status} ${JSON.stringify(body)}`);
  return body;
}
