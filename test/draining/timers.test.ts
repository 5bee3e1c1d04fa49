import { InvocationContext } from "@azure/functions";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { timerFunctions } from "../../functions/routes.ts";
import { serve } from "../../shared/platform/http/serve.ts";
import { type Call, requestOf, routeNamed } from "../isolation/installation.ts";
import { Organisation } from "../isolation/organisation.ts";
import { stopAtEachAwait, type Work } from "./eachAwait.ts";
import { Stage } from "./world.ts";

let stage: Stage;
let organisation: Organisation;
beforeAll(async () => {
  stage = new Stage();
  organisation = await Organisation.make(stage.installation, "alpha");
});
afterAll(() => stage.installation.close());

/** Leads to where a timer has something to do. One without a story fails the test. */
const STORIES: Readonly<Record<string, () => Promise<void>>> = {
  "outbox-sweep": async () => {
    const { conversation: id, contact } = await organisation.newTalk();
    const { email, password } = organisation.person("agent");
    const user = { name: "New", email: "new@alpha.test", role: "agent", password: "a password of somebody new" };
    const version = await organisation.version("GET contacts/{id}", contact);
    // One for each container that has an outbox.
    await unpublished("POST conversations/{id}/messages", { params: { id }, body: { type: "text", text: "Hello" } });
    await unpublished("PATCH contacts/{id}", { params: { id: contact }, body: { name: "Countess" }, headers: version });
    await unpublished("PUT configuration/users/{id}", { params: { id: "new" }, body: user });
    await unpublished("POST auth/login", { body: { tenant: organisation.slug, email, password } });
    stage.installation.clock.advance(61_000);
  },
};

async function unpublished(name: string, call: Call): Promise<void> {
  const { services, serving } = stage.withoutQueue();
  const route = routeNamed(name);
  const request = requestOf(route, call, organisation.person("owner").token);
  const answer = await serve(route, services, serving)(request, new InvocationContext());
  expect(answer?.status, String(answer?.body)).toBeLessThan(300);
}

describe("a timer that is cut off", () => {
  it.each(timerFunctions)("$name", async ({ name, run }) => {
    const lead = STORIES[name];
    if (lead === undefined)
      throw new Error(`Add to STORIES in test/draining/timers.test.ts what the timer "${name}" finds.`);
    await lead();
    const moment = await stage.moment();
    const work: Work = { run: (_world, { services }) => run(services) };
    const { outbox, calls } = await stopAtEachAwait(moment, work);
    moment.close();
    expect(outbox).toBeGreaterThanOrEqual(4);
    expect(calls.length).toBeGreaterThan(8);
  });
});
