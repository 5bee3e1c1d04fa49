import { InvocationContext } from "@azure/functions";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { routes } from "../../functions/routes.ts";
import { INVOCATION } from "../../shared/platform/deadlines.ts";
import { ProblemBody } from "../../shared/platform/http/problem.ts";
import { serve } from "../../shared/platform/http/serve.ts";
import { examplesOf } from "../isolation/examples.ts";
import { type AnyRoute, type Call, nameOf, requestOf, routeNamed } from "../isolation/installation.ts";
import { Organisation } from "../isolation/organisation.ts";
import { stopAtEachAwait, type Work } from "./eachAwait.ts";
import { longest } from "./longest.ts";
import { MORE, REPEATS } from "./requests.ts";
import { Stage } from "./world.ts";

const changing = routes.filter(({ method }) => method !== "GET");
const cases = changing.flatMap((route) =>
  examplesOf(nameOf(route)).valid.map((lead, index) => ({ name: nameOf(route), what: `as in example ${index}`, lead })),
);

let stage: Stage;
let organisation: Organisation;
beforeAll(async () => {
  stage = new Stage();
  organisation = await Organisation.make(stage.installation, "alpha");
});
afterAll(() => stage.installation.close());

/** A client that sends its request once more when it heard no answer, under the same Idempotency-Key. */
function request(route: AnyRoute, call: Call, token: string | undefined): Work {
  const headers = { "idempotency-key": "once", ...call.headers };
  const send: Work["run"] = async (_world, { services, serving }) => {
    const asked = requestOf(route, { ...call, headers }, token);
    const answer = (await serve(route, services, serving)(asked, new InvocationContext())) ?? {};
    const { status = 200, body } = answer;
    if (status < 300) return;
    throw new Error(ProblemBody.parse(JSON.parse(String(body))).code);
  };
  const { doneAlready = [], staysGone } = REPEATS[nameOf(route)] ?? {};
  return {
    ...(staysGone === undefined ? {} : { staysGone }),
    run: send,
    repeat: async (world, instance) => {
      await send(world, instance).catch((error: Error) => expect(doneAlready).toContain(error.message));
    },
  };
}

it("no exception is made for a route that is gone", () => {
  const names = changing.map(nameOf);
  expect(Object.keys(REPEATS).filter((name) => !names.includes(name))).toEqual([]);
});

describe("a request that is cut off", () => {
  it.each([...cases, ...MORE])("$name, $what", async ({ name, lead }) => {
    const route = routeNamed(name);
    await stage.clear();
    const call = await lead(organisation);
    const moment = await stage.moment();
    const token = route.permission === "public" ? undefined : organisation.person("owner").token;
    const { calls } = await stopAtEachAwait(moment, request(route, call, token), REPEATS[name]?.leaves);
    expect(longest(calls), `The longest that this can take: ${calls}`).toBeLessThanOrEqual(INVOCATION.http);
    moment.close();
  });
});
