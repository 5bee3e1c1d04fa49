import { z } from "zod";
import { PERMISSIONS } from "../caller.ts";
import { OAuthErrorBody } from "./oauthError.ts";
import { ProblemBody } from "./problem.ts";
import type { Route } from "./route.ts";

/** How a caller shows who it is. The first three are all sent as `Authorization: Bearer`. */
const SECURITY_SCHEMES = {
  bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "A person's access token" },
  apiKey: { type: "http", scheme: "bearer", bearerFormat: "cbk_…", description: "An API key" },
  oauth2: {
    type: "oauth2",
    description: "An access token of a client with credentials of its own",
    flows: {
      clientCredentials: {
        tokenUrl: "/api/oauth/token",
        scopes: Object.fromEntries(PERMISSIONS.map((permission) => [permission, `The permission ${permission}`])),
      },
    },
  },
  client: {
    type: "http",
    scheme: "basic",
    description: "An OAuth2 client's id and secret; it may also send them in the form",
  },
};

/** The OpenAPI 3.1 description of all routes, from the same schemas that validate them. */
export function describeApi(routes: readonly Route<never>[]): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = `/api/${route.path.replace(/\{\*?(\w+)\??\}/g, "{$1}")}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Cordboard", version: "1" },
    servers: [{ url: "/" }],
    paths,
    components: {
      securitySchemes: SECURITY_SCHEMES,
      schemas: { Problem: jsonSchema(ProblemBody, "output"), OAuthError: jsonSchema(OAuthErrorBody, "output") },
    },
  };
}

function operation(route: Route<never>): Record<string, unknown> {
  return {
    summary: route.summary,
    ...security(route),
    parameters: [...parameters("path", route.params), ...parameters("query", route.query)],
    ...(route.raw || route.body !== undefined ? { requestBody: requestBody(route) } : {}),
    responses: {
      "200": { description: "Done", ...content(route.response) },
      default: {
        description: "Refused",
        content: {
          [route.errors === "oauth" ? "application/json" : "application/problem+json"]: {
            schema: { $ref: `#/components/schemas/${route.errors === "oauth" ? "OAuthError" : "Problem"}` },
          },
        },
      },
    },
  };
}

function security({ permission, errors }: Route<never>): Record<string, unknown> {
  if (errors === "oauth") return { security: [{ client: [] }, {}] };
  if (permission === "public") return {};
  const scopes = permission === "signed-in" ? [] : [permission];
  return { security: [{ bearer: [] }, { apiKey: [] }, { oauth2: scopes }], "x-permission": permission };
}

function requestBody(route: Route<never>): Record<string, unknown> {
  if (route.body === undefined) return { content: { "application/octet-stream": {} } };
  const mediaType = route.encoding === "form" ? "application/x-www-form-urlencoded" : "application/json";
  return { required: true, content: { [mediaType]: { schema: jsonSchema(route.body, "input") } } };
}

function content(response: z.ZodType | "raw"): Record<string, unknown> {
  if (response === "raw") return {};
  return { content: { "application/json": { schema: jsonSchema(response, "output") } } };
}

function parameters(place: "path" | "query", schema: z.ZodType | undefined): Record<string, unknown>[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: property,
  }));
}

function jsonSchema(schema: z.ZodType, io: "input" | "output"): unknown {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return described;
}
