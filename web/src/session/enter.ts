import type { SignedIn as Grant } from "../../../shared/identity/model.ts";
import { offlineProblem, problemFrom } from "../api/problem.ts";

/** Posts to an auth route before anybody is signed in; throws ApiProblem. */
export async function enter(path: "auth/login" | "auth/sign-up", body: unknown): Promise<Grant> {
  const response = await fetch(`/api/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  }).catch(() => undefined);
  if (response === undefined) throw offlineProblem();
  if (response.ok) return response.json();
  throw problemFrom(response.status, await response.text(), response.headers.get("retry-after"));
}
