import { describe, expect, it } from "vitest";
import { explained, ServiceFault } from "./serviceFault.ts";
import { describeError } from "./telemetry/errors.ts";

const errorWith = (fields: object) => Object.assign(new Error("secret words of a server"), fields);

describe("explained", () => {
  it.each([
    ["denied", { statusCode: 403, code: "AuthorizationPermissionMismatch" }],
    ["denied", { code: 401, substatus: 0 }],
    ["denied", { code: "UnauthorizedAccess" }],
    ["denied", { name: "AggregateError", errors: [errorWith({}), errorWith({ code: "UnauthorizedAccess" })] }],
    ["no-identity", { name: "CredentialUnavailableError" }],
    ["no-identity", { name: "AggregateAuthenticationError", errors: [] }],
    ["unreachable", { name: "RestError", code: "ENOTFOUND" }],
    ["unreachable", { code: "ECONNREFUSED" }],
    ["unreachable", { cause: errorWith({ cause: errorWith({ code: "ETIMEDOUT" }) }) }],
    ["incomplete", { code: "MessagingEntityNotFound" }],
    ["incomplete", { statusCode: 404, code: "ContainerNotFound" }],
  ])("is %s when an SDK says %j", (trouble, said) => {
    const error = errorWith(said);
    const found = explained("Blob Storage", error);
    expect(found).toBeInstanceOf(ServiceFault);
    expect(found).toMatchObject({ trouble, cause: error });
  });

  it.each([
    undefined,
    "403",
    errorWith({}),
    errorWith({ code: 409 }),
    errorWith({ code: "constructor" }),
    errorWith({ code: "ServiceTimeout" }),
  ])("leaves alone what needs no operator: %s", (error) => {
    expect(explained("Cosmos DB", error)).toBe(error);
  });

  it("ends with causes that go round in a circle", () => {
    const error = errorWith({});
    error.cause = error;
    expect(explained("Cosmos DB", error)).toBe(error);
  });

  it("is logged in our words, which name setting and role, and in nobody else's", () => {
    const denied = describeError(explained("Key Vault", errorWith({ statusCode: 403 })));
    expect(denied.message).toMatch(/^Key Vault refuses .*"Key Vault Secrets User"/);
    const gone = describeError(explained("Cosmos DB", errorWith({ code: "ENOTFOUND" })));
    expect(gone.message).toMatch(/COSMOS_ENDPOINT/);
    expect(JSON.stringify([denied, gone])).not.toContain("secret words");
  });
});
