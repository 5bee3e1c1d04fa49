import { z } from "zod";
import { ProblemBody } from "./problem.ts";
import type { Route } from "./route.ts";

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
      securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
      schemas: { Problem: jsonSchema(ProblemBody, "output") },
    },
  };
}

function operation(route: Route<never>): Record<string, unknown> {
  const secured = route.permission !== "public";
  return {
    summary: route.summary,
    ...(secured ? { security: [{ bearer: [] }], "x-permission": route.permission } : {}),
    parameters: [...parameters("path", route.params), ...parameters("query", route.query)],
    ...(route.raw || route.body !== undefined ? { requestBody: requestBody(route) } : {}),
    responses: {
      "200": { description: "Done", ...content(route.response) },
      default: {
        description: "Refused",
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
  };
}

function requestBody(route: Route<never>): Record<string, unknown> {
  if (route.body === undefined) return { content: { "application/octet-stream": {} } };
  return { required: true, content: { "application/json": { schema: jsonSchema(route.body, "input") } } };
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
