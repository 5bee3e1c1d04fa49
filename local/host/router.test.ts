import { describe, expect, it } from "vitest";
import { createRouter } from "./router.ts";

function routerOf(routes: Readonly<Record<string, string>>, prefix = "api") {
  const router = createRouter<string>(prefix);
  for (const [name, route] of Object.entries(routes)) {
    const [methods = "", template = ""] = route.split(" ");
    router.add(template, methods.split(","), name);
  }
  const find = (route: string) => {
    const [method = "", path = ""] = route.split(" ");
    const match = router.match(method, path);
    return match.kind === "found" ? [match.target, match.params] : match;
  };
  return find;
}

describe("router", () => {
  const find = routerOf({
    list: "GET conversations",
    start: "POST conversations",
    search: "POST conversations/search",
    one: "GET conversations/{id}",
    close: "POST conversations/{conversationId}/close",
    numbered: "GET calls/{number:int}",
    named: "GET calls/{name:alpha:maxlength(5)}",
    optional: "GET reports/{kind}/{period?}",
    defaulted: "GET pages/{page:int=1}",
    optionalNumber: "GET optional/{n:int?}",
    rest: "GET files/{*path}",
    guid: "GET media/{id:guid}",
    pattern: "GET codes/{code:regex(^\\d{{2}}/?x$)}".replaceAll("{{", "{").replaceAll("}}", "}"),
    keys: "GET .well-known/jwks.json",
  });

  it.each([
    ["GET /api/conversations", ["list", {}]],
    ["GET /api/conversations/", ["list", {}]],
    ["GET /API/Conversations", ["list", {}]],
    ["GET /api/conversations/Cnv_1", ["one", { id: "Cnv_1" }]],
    ["GET /api/conversations/search", ["one", { id: "search" }]],
    ["POST /api/conversations/search", ["search", {}]],
    ["POST /api/conversations/c1/close", ["close", { conversationId: "c1" }]],
    ["GET /api/calls/12", ["numbered", { number: "12" }]],
    ["GET /api/calls/abc", ["named", { name: "abc" }]],
    ["GET /api/reports/daily", ["optional", { kind: "daily" }]],
    ["GET /api/reports/daily/today", ["optional", { kind: "daily", period: "today" }]],
    ["GET /api/pages", ["defaulted", { page: "1" }]],
    ["GET /api/pages/7", ["defaulted", { page: "7" }]],
    ["GET /api/optional", ["optionalNumber", {}]],
    ["GET /api/optional/3", ["optionalNumber", { n: "3" }]],
    ["GET /api/files", ["rest", {}]],
    ["GET /api/files/a/b%20c", ["rest", { path: "a/b c" }]],
    ["GET /api/media/0f8fad5b-d9cb-469f-a165-70867728950e", ["guid", { id: "0f8fad5b-d9cb-469f-a165-70867728950e" }]],
    ["GET /api/codes/12x", ["pattern", { code: "12x" }]],
    ["GET /api/.well-known/jwks.json", ["keys", {}]],
    ["GET /api/conversations/a%2Fb", ["one", { id: "a%2Fb" }]],
    ["GET /api/conversations/%C3%A9", ["one", { id: "é" }]],
    ["GET /api/conversations/__proto__", ["one", { id: "__proto__" }]],
  ])("%s", (route, expected) => expect(find(route)).toEqual(expected));

  it.each([
    "GET /api/nothing",
    "GET /conversations",
    "GET /",
    "GET /api/calls/abcdef",
    "GET /api/calls/12.5",
    "GET /api/calls/99999999999",
    "GET /api/media/12",
    "GET /api/codes/1x",
    "GET /api/conversations/1/close/2",
  ])("%s is unknown", (route) => expect(find(route)).toEqual({ kind: "unknown" }));

  it("says which methods a path has", () => {
    expect(find("DELETE /api/conversations")).toEqual({ kind: "wrong-method", allowed: ["GET", "POST"] });
    expect(find("PUT /api/conversations/search")).toEqual({ kind: "wrong-method", allowed: ["GET", "POST"] });
  });

  it("tells a percent sign that encodes nothing", () => {
    expect(find("GET /api/conversations/%zz")).toEqual({ kind: "malformed" });
  });

  it("works without a prefix", () => {
    expect(routerOf({ a: "GET x/{y}" }, "")("GET /x/1")).toEqual(["a", { y: "1" }]);
  });

  it.each([
    ["two functions on one route", { a: "GET x/{id}", b: "GET X/{other}" }, /Two functions serve GET/],
    ["two at the shorter form", { a: "GET x/{id?}", b: "GET x" }, /Two functions/],
    ["a leading slash", { a: "GET /x" }, /must not start/],
    ["an unknown constraint", { a: "GET x/{id:ulid}" }, /unknown constraint/],
    ["a parameter named twice", { a: "GET x/{id}/{id}" }, /twice/],
    ["something after an optional parameter", { a: "GET x/{id?}/y" }, /nothing may follow/],
    ["something after a catch-all", { a: "GET {*all}/{id}" }, /nothing may follow/],
    ["two parameters in a segment", { a: "GET {a}.{b}" }, /is no parameter/],
    ["an open brace", { a: "GET x/{id" }, /cannot read/],
  ])("refuses %s", (_, routes, message) => expect(() => routerOf(routes)).toThrow(message));
});
