import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { queueFunctions } from "../../functions/routes.ts";
import { STEPS_BEGIN_WITHIN } from "../../shared/conversations/outbound.ts";
import { INVOCATION } from "../../shared/platform/deadlines.ts";
import { TRIES_BEGIN_WITHIN } from "../../shared/platform/queue/handler.ts";
import { Organisation } from "../isolation/organisation.ts";
import { delivery, STORIES } from "./deliveries.ts";
import { stopAtEachAwait } from "./eachAwait.ts";
import { longest } from "./longest.ts";
import { Stage } from "./world.ts";

let stage: Stage;
let organisation: Organisation;
beforeAll(async () => {
  stage = new Stage();
  organisation = await Organisation.make(stage.installation, "alpha");
});
afterAll(() => stage.installation.close());

describe("the table of stories", () => {
  it.each(queueFunctions)("has some for queue $queue", ({ queue }) => {
    const add = `Add to STORIES in test/draining/deliveries.ts what the function of queue "${queue}" is given.`;
    expect(
      STORIES.map((story) => story.queue),
      add,
    ).toContain(queue);
  });
});

describe("a delivery that is cut off", () => {
  it.each(STORIES)("$queue: $what", async ({ queue, several, lead }) => {
    await stage.clear();
    await lead(organisation);
    const moment = await stage.moment();
    const { calls } = await stopAtEachAwait(moment, delivery(queue));
    moment.close();
    if (several) return;
    const begun = TRIES_BEGIN_WITHIN + (queue === "outbound" ? STEPS_BEGIN_WITHIN : 0);
    expect(begun + longest(calls), `The longest that this can take: ${calls}`).toBeLessThanOrEqual(INVOCATION.queue);
  });
});
