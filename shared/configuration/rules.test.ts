import { describe, expect, it } from "vitest";
import type { Actor } from "../platform/caller.ts";
import { DomainEvent } from "../platform/events/event.ts";
import { ChangedBy } from "./model.ts";
import { changedBy } from "./rules.ts";

const ACTORS: readonly Actor[] = [
  { type: "user", userId: "anna", role: "admin", sessionId: "ses_00000000000000000001" },
  { type: "key", keyId: "key_00000000000000000001" },
  { type: "client", clientId: "cli_00000000000000000001" },
  { type: "system", name: "inbound" },
];

describe("whoever changes something", () => {
  it.each(ACTORS)("is kept, by an event and by the log: $type", (actor) => {
    const event = {
      id: "evt_1",
      type: "configuration.changed",
      tenantId: "ten_00000000000000000001",
      at: "2026-11-21T08:00:00.000Z",
      actor,
      subject: "s",
      data: {},
      version: 1,
    };
    expect(DomainEvent.parse(event).actor).toEqual(actor);
    const by = changedBy(actor);
    expect(ChangedBy.parse(by)).toEqual(by);
    expect(by).not.toHaveProperty("sessionId");
    expect(actor).toMatchObject(by);
  });
});
