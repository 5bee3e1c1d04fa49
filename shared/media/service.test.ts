import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { harness, TENANT } from "../conversations/testing/harness.ts";
import { systemCaller } from "../platform/caller.ts";

const ID = "med_00000000000000000001";
const caller = systemCaller(TENANT, "test");
const file = (content: Readable) => ({ id: ID, content, mimeType: "text/plain", maxBytes: 100, messageRef: null });

describe("storing a file again", () => {
  /** Stored once; a second run is half-way when `meanwhile` happens. */
  async function interrupted(meanwhile: (h: ReturnType<typeof harness>) => Promise<unknown>) {
    const h = harness();
    await h.media.store(caller, file(Readable.from([Buffer.from("first")])));
    async function* bytes() {
      yield Buffer.from("sec");
      await meanwhile(h);
      yield Buffer.from("ond");
    }
    return { h, second: h.media.store(caller, file(Readable.from(bytes()))) };
  }

  it("brings nothing back of one that was deleted meanwhile", async () => {
    const { h, second } = await interrupted(({ media }) => media.remove(caller, ID));
    await expect(second).rejects.toMatchObject({ code: "not-found" });
    await expect(h.media.get(caller, ID)).rejects.toMatchObject({ code: "not-found" });
    expect(h.blobs.names()).toEqual([]);
  });

  it("answers what another run was quicker to store", async () => {
    const { h, second } = await interrupted(({ media }) =>
      media.store(caller, file(Readable.from([Buffer.from("second")]))),
    );
    expect(await second).toEqual(await h.media.get(caller, ID));
  });
});
