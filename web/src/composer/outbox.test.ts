import { describe, expect, it } from "vitest";
import type { Message } from "../../../shared/conversations/model.ts";
import { ApiProblem } from "../api/problem.ts";
import { Outbox, type Pending } from "./outbox.ts";

const CONVERSATION = "cnv_1";
const settled = () => new Promise((resolve) => setTimeout(resolve));

function setUp() {
  const asked: { readonly pending: Pending; answer(): void; refuse(): void }[] = [];
  const sent: Message[] = [];
  const outbox = new Outbox(
    (pending) =>
      new Promise((resolve, reject) =>
        asked.push({
          pending,
          answer: () => resolve({ ...pending.shown, id: `msg_${textOf(pending.shown)}` }),
          refuse: () => reject(new ApiProblem("offline", 0, "Not reachable")),
        }),
      ),
    (message) => sent.push(message),
  );
  const say = (text: string) => outbox.add(CONVERSATION, { type: "text", text }, { type: "text", text }, "sam");
  const states = () => outbox.pending.get().map(({ shown, state }) => `${textOf(shown)} ${state}`);
  return { outbox, asked, sent, say, states };
}

function textOf(message: Message): string {
  return message.type === "text" ? message.text : "";
}

describe("Outbox", () => {
  it("sends one at a time, in the order of writing", async () => {
    const { asked, sent, say, states } = setUp();
    say("a");
    say("b");
    expect(states()).toEqual(["a sending", "b waiting"]);
    asked[0]?.answer();
    await settled();
    expect(sent.map(textOf)).toEqual(["a"]);
    expect(states()).toEqual(["b sending"]);
  });

  it("keeps what failed, holds the rest back, and tries again under the same key", async () => {
    const { outbox, asked, say, states } = setUp();
    say("a");
    say("b");
    asked[0]?.refuse();
    await settled();
    expect(states()).toEqual(["a failed", "b waiting"]);
    const [failed] = outbox.pending.get();
    expect(failed?.problem).toBe("Not reachable");
    outbox.retry(failed?.key ?? "");
    expect(asked[1]?.pending.key).toBe(asked[0]?.pending.key);
    asked[1]?.answer();
    await settled();
    expect(states()).toEqual(["b sending"]);
  });

  it("goes on with the rest when one is given up", async () => {
    const { outbox, asked, say, states } = setUp();
    say("a");
    say("b");
    asked[0]?.refuse();
    await settled();
    expect(outbox.discard(asked[0]?.pending.key ?? "")?.body).toEqual({ type: "text", text: "a" });
    expect(states()).toEqual(["b sending"]);
  });

  it("recognises its own message when realtime is quicker than the answer, once", async () => {
    const { outbox, asked, say } = setUp();
    say("same");
    say("same");
    const [first] = asked;
    if (first === undefined) throw new Error("nothing was sent");
    const told = { ...first.pending.shown, id: "msg_same" };
    outbox.recognise(told);
    outbox.recognise(told);
    expect(outbox.pending.get().map(({ recognised }) => recognised === true)).toEqual([true, false]);
    expect(outbox.keyOf("msg_same")).toBe(first.pending.shown.id);
  });

  it("drops a send that failed on the way back but was told of by realtime", async () => {
    const { outbox, asked, say, states } = setUp();
    say("a");
    asked[0]?.refuse();
    await settled();
    const [failed] = outbox.pending.get();
    if (failed === undefined) throw new Error("nothing failed");
    outbox.recognise({ ...failed.shown, id: "msg_a" });
    expect(states()).toEqual([]);
  });
});
