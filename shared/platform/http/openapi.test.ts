import { describe, expect, it } from "vitest";
import { z } from "zod";
import { describeApi } from "./openapi.ts";
import { type Access, routeFor } from "./route.ts";

const route = routeFor<never>();
const guarded = (permission: Access) =>
  route({
    method: "GET",
    path: `things/${permission}`,
    permission,
    summary: "Things",
    response: z.object({}),
    handler: async () => ({}),
  });
const token = route({
  method: "POST",
  path: "oauth/token",
  permission: "public",
  summary: "A token",
  encoding: "form",
  errors: "oauth",
  body: z.object({ grant_type: z.string() }),
  response: z.object({}),
  handler: async () => ({}),
});

describe("the API's description", () => {
  const described = describeApi([guarded("reports.read"), guarded("signed-in"), guarded("public"), token]);

  it("says of each route by which credentials it is called, and with what scope", () => {
    expect(described).toMatchObject({
      components: {
        securitySchemes: {
          bearer: { type: "http", scheme: "bearer" },
          apiKey: { type: "http", scheme: "bearer" },
          oauth2: { flows: { clientCredentials: { tokenUrl: "/api/oauth/token" } } },
          client: { type: "http", scheme: "basic" },
        },
      },
      paths: {
        "/api/things/reports.read": {
          get: {
            security: [{ bearer: [] }, { apiKey: [] }, { oauth2: ["reports.read"] }],
            "x-permission": "reports.read",
          },
        },
        "/api/things/signed-in": { get: { security: [{ bearer: [] }, { apiKey: [] }, { oauth2: [] }] } },
        "/api/oauth/token": { post: { security: [{ client: [] }, {}] } },
      },
    });
    expect(described).not.toHaveProperty(["paths", "/api/things/public", "get", "security"]);
    const schemes = ["components", "securitySchemes", "oauth2", "flows", "clientCredentials", "scopes", "reports.read"];
    expect(described).toHaveProperty(schemes);
  });

  it("says where a form is sent and a refusal is spelled as OAuth2 has it", () => {
    expect(described).toMatchObject({
      paths: {
        "/api/oauth/token": {
          post: {
            requestBody: { content: { "application/x-www-form-urlencoded": {} } },
            responses: {
              default: { content: { "application/json": { schema: { $ref: "#/components/schemas/OAuthError" } } } },
            },
          },
        },
      },
    });
  });
});
