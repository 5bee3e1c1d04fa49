import { describe, expect, it } from "vitest";
import { compose, composeNote } from "./compose.ts";

const photo = { id: "med_1", mimeType: "image/jpeg", size: 10, fileName: "a.jpg" };
const voice = { id: "med_2", mimeType: "audio/ogg; codecs=opus", size: 10 };
const webp = { id: "med_3", mimeType: "image/webp", size: 10 };

const bodies = (...args: Parameters<typeof compose>) => compose(...args).map(({ body }) => body);

describe("compose", () => {
  it("says nothing for nothing", () => {
    expect(compose("  \n", [], undefined)).toEqual([]);
  });

  it("puts the text on the first file and the reply on the first message only", () => {
    expect(bodies(" Here ", [photo, webp], "msg_1")).toEqual([
      { type: "image", mediaId: "med_1", caption: "Here", replyTo: "msg_1" },
      { type: "document", mediaId: "med_3" },
    ]);
  });

  it("sends the text first where the file takes no caption, or not such a long one", () => {
    expect(bodies("Listen", [voice], undefined)).toEqual([
      { type: "text", text: "Listen" },
      { type: "audio", mediaId: "med_2" },
    ]);
    expect(bodies("x".repeat(1025), [photo], undefined).map(({ type }) => type)).toEqual(["text", "image"]);
  });

  it("never lets a note become anything else", () => {
    expect(composeNote(" for us ").body).toEqual({ type: "note", text: "for us" });
  });
});
