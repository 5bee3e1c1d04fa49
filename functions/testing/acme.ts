import { identityHarness, PASSWORD } from "./identityHarness.ts";

export const MINUTE = 60_000;
export const CHANNEL = {
  name: "Sales",
  phoneNumberId: "106540352242922",
  displayPhoneNumber: "+49 30 901820",
  businessAccountId: "102290129340398",
  accessToken: "EAAG-secret-token",
};
export const OWN_APP = { appSecret: "app-secret-1234", verifyToken: "verify-token-1234" };
export const AGENT = { name: "Anna", email: "anna@acme.test", role: "agent", password: PASSWORD };
export const SALES = "configuration/whatsapp-channels/sales";
export const ANNA = "configuration/users/anna";

/** An organisation that configures, through the doors. */
export async function acme() {
  const harness = identityHarness();
  const owner = await harness.newTenant("acme");
  const { send } = harness;
  /** PUT and DELETE with the version they name. */
  const put = (path: string, body: unknown, ifMatch?: string, token = owner.token) =>
    send("PUT", path, { token, body, headers: ifMatch === undefined ? {} : { "if-match": ifMatch } });
  const remove = (path: string, ifMatch?: string, token = owner.token) =>
    send("DELETE", path, { token, headers: ifMatch === undefined ? {} : { "if-match": ifMatch } });
  const get = (path: string, token = owner.token) => send("GET", path, { token });
  const withRole = async (id: string, role: string) => {
    const email = `${id}@acme.test`;
    const { status } = await put(`configuration/users/${id}`, { name: id, email, role, password: PASSWORD });
    if (status !== 201) throw new Error(`PUT answered ${status}`);
    return harness.signIn("acme", email);
  };
  return { ...harness, owner, put, remove, get, withRole };
}
