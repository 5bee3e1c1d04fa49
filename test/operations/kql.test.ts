import { describe, expect, it } from "vitest";
import type { Emitted } from "./emitted.ts";
import { problemsOf } from "./kql.ts";

const TOLD: Emitted = {
  requests: new Map([
    ["POST /api/x", new Set<string>()],
    ["inbound process", new Set(["cordboard.waited"])],
  ]),
  dependencies: new Map([["queue send", new Set(["cordboard.count"])]]),
  lines: new Map([["message parked", new Set(["message", "queue", "error", "error.name"])]]),
  messages: new Set(["message parked", "rarely logged"]),
  counters: new Set(),
};

describe("a query", () => {
  it.each([
    'requests | where name startswith "POST /api/" and success == false | summarize failed = sum(itemCount) by bin(timestamp, 10m)',
    'requests | where name endswith " process" | extend waited = todouble(customDimensions["cordboard.waited"]) / 1000 | top 3 by waited',
    'traces | where message contains "message parked" | extend line = parse_json(message) | where line.message == "message parked" | project timestamp, tostring(line.error.name)',
    'let id = "x"; union (requests | where name == "inbound process" | project operation_Id), (traces | where message has id | project message) | order by timestamp asc',
  ])("that asks for what is told is well: %s", (query) => {
    expect(problemsOf(query, TOLD)).toEqual([]);
  });

  it.each([
    ['requests | where name == "outbound process"', "no span of that kind"],
    ['requests | where name == "queue send"', "no span of that kind"],
    ['dependencies | where name == "queue send" and customDimensions["cordboard.waited"] > 1', "no span has it"],
    ['traces | where message contains "message lost"', 'nothing logs "message lost"'],
    [
      'traces | extend line = parse_json(message) | where line.message == "message parked" and line.lane == ""',
      "field lane",
    ],
    [
      'traces | extend line = parse_json(message) | where line.message == "rarely logged" and line.queue == ""',
      "field queue",
    ],
    ["requests | where sucess == false", "requests has no column sucess"],
    ["traces | where name == x", "traces has no column name"],
  ])("that asks for more is not: %s", (query, problem) => {
    expect(problemsOf(query, TOLD).join("\n")).toContain(problem);
  });
});
