import { describe, expect, it } from "vitest";
import { AGENT_ID, inboundMessage } from "../../shared/conversations/testing/harness.ts";
import { conversationDoors } from "../testing/conversationDoors.ts";
import { contactRoutes, listContacts, readContact, renameContact } from "./contacts.ts";
import {
  assignConversation,
  closeConversation,
  conversationRoutes,
  listConversations,
  listMessages,
  listTemplates,
  markConversationRead,
  postMessage,
  readConversation,
  reopenConversation,
  snoozeConversation,
} from "./conversations.ts";
import { deleteMedia, mediaRoutes, readMedia, uploadMedia } from "./media.ts";
import { messageRoutes, reactToMessage, retryMessage } from "./messages.ts";

const ALL = [...conversationRoutes, ...messageRoutes, ...contactRoutes, ...mediaRoutes];
const named = ALL.map((route) => [`${route.method} ${route.path}`, route] as const);

const SOME_IDS: Readonly<Record<string, string>> = {
  conversations: "cnv_0000000000000000000z",
  contacts: "con_0000000000000000000z",
  media: "med_0000000000000000000z",
};
const paramsFor = (path: string) => ({
  id: SOME_IDS[path.split("/")[0] ?? ""] ?? "",
  messageId: "msg_0000000000000000000z",
});

async function open() {
  const doors = conversationDoors();
  await doors.takeIn(inboundMessage(0));
  const { id, contact } = await doors.only();
  return { ...doors, id, contactId: contact.id };
}

describe.each(named)("%s", (_, route) => {
  it("refuses who is not signed in, and who may not", async () => {
    const { call } = conversationDoors();
    const params = paramsFor(route.path);
    expect(await call(route, { as: "anonymous", params })).toMatchObject({ status: 401 });
    expect(await call(route, { as: "nobody", params })).toMatchObject({ status: 403, json: { code: "forbidden" } });
  });

  it.runIf(route.path.includes("{"))("answers 404 for an id of the wrong form", async () => {
    const { call } = conversationDoors();
    expect(await call(route, { as: "owner", params: { id: "../x", messageId: "x" } })).toMatchObject({ status: 404 });
  });
});

describe("conversations", () => {
  it("are listed, read, and their messages with them", async () => {
    const { call, id } = await open();
    const list = await call(listConversations);
    expect(list).toMatchObject({ status: 200, json: { items: [{ id, unread: 1 }], nextCursor: null } });
    expect(list.json.items[0]).not.toHaveProperty("outbound");
    expect(await call(readConversation, { params: { id } })).toMatchObject({ status: 200, json: { id } });
    const messages = await call(listMessages, { params: { id } });
    expect(messages).toMatchObject({ status: 200, json: { items: [{ text: "message 0" }], nextCursor: null } });
    expect(messages.json.items[0]).not.toHaveProperty("providerId");
    expect(await call(listTemplates, { params: { id } })).toMatchObject({ status: 200, json: { items: [] } });
  });

  it.each([[{ limit: "0" }], [{ limit: "101" }], [{ limit: "x" }], [{ status: "lost" }], [{ cursor: "damaged" }]])(
    "refuse the query %j",
    async (query) => {
      const { call } = await open();
      expect(await call(listConversations, { query })).toMatchObject({
        status: 400,
        json: { code: "invalid-request" },
      });
    },
  );

  it("of another tenant are not there, whatever is asked of them", async () => {
    const { call, id, thread } = await open();
    const [message] = await thread(id);
    const params = { id, messageId: message?.id ?? "" };
    const asked = [
      call(readConversation, { as: "stranger", params }),
      call(listMessages, { as: "stranger", params }),
      call(listTemplates, { as: "stranger", params }),
      call(postMessage, { as: "stranger", params, json: { type: "note", text: "x" } }),
      call(assignConversation, { as: "stranger", params, json: { assignee: null } }),
      call(closeConversation, { as: "stranger", params }),
      call(reopenConversation, { as: "stranger", params }),
      call(snoozeConversation, { as: "stranger", params, json: { until: "2026-11-22T08:00:00Z" } }),
      call(markConversationRead, { as: "stranger", params }),
      call(reactToMessage, { as: "stranger", params, json: { emoji: "👍" } }),
      call(retryMessage, { as: "stranger", params }),
    ];
    for (const answer of await Promise.all(asked))
      expect(answer).toMatchObject({ status: 404, json: { code: "not-found" } });
    expect((await call(listConversations, { as: "stranger" })).json).toEqual({ items: [], nextCursor: null });
  });

  it("take a message with 202, and the same one for the same Idempotency-Key", async () => {
    const { call, id, runOutbound, channel } = await open();
    const post = () =>
      call(postMessage, { params: { id }, json: { type: "text", text: "Hello" }, headers: { "idempotency-key": "k" } });
    const first = await post();
    expect(first).toMatchObject({ status: 202, json: { status: "queued", text: "Hello", author: AGENT_ID } });
    expect((await post()).json.id).toBe(first.json.id);
    await runOutbound();
    expect(channel.sent).toHaveLength(1);
  });

  it.each([
    { type: "text" },
    { type: "text", text: "" },
    { type: "text", text: " \n" },
    { type: "text", text: "x".repeat(4097) },
    { type: "text", text: "x", direction: "inbound" },
    { type: "choice", id: "a", title: "b" },
    { type: "image", mediaId: "" },
    { type: "interactive", interactive: { kind: "buttons", body: "?", buttons: [] } },
    { type: "template", template: { name: "", language: "en" } },
    { type: "text", text: "x", replyTo: "somebody" },
    [],
    null,
  ])("refuse to send %j", async (json) => {
    const { call, id } = await open();
    const answer = await call(postMessage, { params: { id }, json });
    expect(answer).toMatchObject({ status: 400, json: { code: "invalid-request" } });
  });

  it("say in words what cannot be sent, with the codes the desk acts on", async () => {
    const { call, id, clock } = await open();
    clock.advance(25 * 60 * 60 * 1000);
    const post = () => call(postMessage, { params: { id }, json: { type: "text", text: "Hello" } });
    expect(await post()).toMatchObject({
      status: 422,
      json: { code: "window-closed", detail: expect.stringContaining("template") },
    });
    await call(closeConversation, { params: { id } });
    expect(await post()).toMatchObject({ status: 409, json: { code: "conversation-closed" } });
  });

  it("are assigned, snoozed, closed, reopened and read", async () => {
    const { call, id } = await open();
    const params = { id };
    expect((await call(assignConversation, { params, json: { assignee: AGENT_ID } })).json.assignee).toBe(AGENT_ID);
    expect(await call(assignConversation, { params, json: { assignee: "someone" } })).toMatchObject({ status: 400 });
    expect((await call(listConversations, { query: { assignee: "me" } })).json.items).toHaveLength(1);
    expect(
      (await call(snoozeConversation, { params, json: { until: "2026-11-21T10:00:00+01:00" } })).json,
    ).toMatchObject({
      status: "snoozed",
      snoozedUntil: "2026-11-21T09:00:00.000Z",
    });
    expect((await call(closeConversation, { params })).json.status).toBe("closed");
    expect((await call(reopenConversation, { params })).json.status).toBe("open");
    expect((await call(markConversationRead, { params })).json.unread).toBe(0);
  });

  it("take one emoji as a reaction, or none", async () => {
    const { call, id, thread } = await open();
    const [message] = await thread(id);
    const params = { id, messageId: message?.id ?? "" };
    for (const emoji of ["👍", "👩🏽‍🚒", "❤️", "🇳🇱", "1️⃣", ""])
      expect(await call(reactToMessage, { params, json: { emoji } }), emoji).toMatchObject({ status: 200 });
    for (const emoji of ["a", "1", "👍👍", "<b>", "ok 👍"])
      expect(await call(reactToMessage, { params, json: { emoji } }), emoji).toMatchObject({ status: 400 });
  });
});

describe("contacts", () => {
  it("are listed, read with an ETag, and renamed by it", async () => {
    const { call, contactId, contacts, conversations, inbound, only } = await open();
    const params = { id: contactId };
    expect((await call(listContacts)).json.items).toMatchObject([{ id: contactId, name: "Ada" }]);
    const read = await call(readContact, { params });
    expect(read.json).not.toHaveProperty("namedBy");
    const etag = read.headers.get("etag") ?? "";
    const rename = (headers: Record<string, string>) =>
      call(renameContact, { params, headers, json: { name: "Countess" } });
    expect(await rename({})).toMatchObject({ status: 428 });
    expect(await rename({ "if-match": '"old"' })).toMatchObject({ status: 412 });
    const renamed = await rename({ "if-match": etag });
    expect(renamed).toMatchObject({ status: 200, json: { name: "Countess" } });
    expect(renamed.headers.get("etag")).not.toBe(etag);
    expect(await rename({ "if-match": etag })).toMatchObject({ status: 412 });
    expect((await contacts.read(inbound, contactId)).contact.name).toBe("Countess");
    await conversations.contactRenamed(inbound, contactId);
    expect((await only()).contact.name).toBe("Countess");
    expect(await call(readContact, { as: "stranger", params })).toMatchObject({ status: 404 });
  });
});

describe("media", () => {
  const png = Buffer.from("89504e470d0a1a0a", "hex");
  const upload = (
    call: ReturnType<typeof conversationDoors>["call"],
    type: string,
    bytes: Uint8Array,
    fileName?: string,
  ) =>
    call(uploadMedia, {
      bytes,
      headers: { "content-type": type },
      ...(fileName === undefined ? {} : { query: { fileName } }),
    });

  it("are kept once under one Idempotency-Key, and not again once they were deleted", async () => {
    const { call } = conversationDoors();
    const again = () =>
      call(uploadMedia, { bytes: png, headers: { "content-type": "image/png", "idempotency-key": "once" } });
    const first = await again();
    expect(await again()).toMatchObject({ status: 201, json: first.json });
    expect((await upload(call, "image/png", png)).json.id).not.toBe(first.json.id);
    await call(deleteMedia, { as: "owner", params: { id: first.json.id } });
    expect(await again()).toMatchObject({ status: 404 });
  });

  it("are kept, served safely, and by range", async () => {
    const { call } = conversationDoors();
    const stored = await upload(call, "image/png", png, "../a.png");
    expect(stored).toMatchObject({ status: 201, json: { mimeType: "image/png", size: 8, fileName: "a.png" } });
    const params = { id: stored.json.id };
    const whole = await call(readMedia, { params });
    expect(whole.status).toBe(200);
    expect(whole.bytes).toEqual(png);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      "content-type": "image/png",
      "content-disposition": `inline; filename="a.png"; filename*=UTF-8''a.png`,
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
      "accept-ranges": "bytes",
      "cache-control": "private, max-age=3600",
    });
    const part = await call(readMedia, { params, headers: { range: "bytes=2-3" } });
    expect(part.status).toBe(206);
    expect(part.bytes).toEqual(png.subarray(2, 4));
    expect(part.headers.get("content-range")).toBe("bytes 2-3/8");
    expect(await call(readMedia, { params, headers: { range: "bytes=8-" } })).toMatchObject({ status: 416 });
    const etag = whole.headers.get("etag") ?? "";
    expect(await call(readMedia, { params, headers: { "if-none-match": etag } })).toMatchObject({ status: 304 });
    expect(await call(readMedia, { params, headers: { "if-range": '"x"', range: "bytes=2-3" } })).toMatchObject({
      status: 200,
    });
    expect(await call(readMedia, { params, headers: { "if-range": etag, range: "bytes=2-3" } })).toMatchObject({
      status: 206,
    });
  });

  it.each(["text/html", "image/svg+xml", "application/javascript"])("serve %s as a download", async (type) => {
    const { call } = conversationDoors();
    const { json } = await upload(call, type, Buffer.from("<script>alert(1)</script>"));
    const { headers } = await call(readMedia, { params: { id: json.id } });
    expect(headers.get("content-type")).toBe("application/octet-stream");
    expect(headers.get("content-disposition")).toBe("attachment");
  });

  it("are nobody else's, and gone when deleted", async () => {
    const { call } = conversationDoors();
    const { json } = await upload(call, "image/png", png);
    const params = { id: json.id };
    expect(await call(readMedia, { as: "stranger", params })).toMatchObject({ status: 404 });
    expect(await call(deleteMedia, { as: "stranger", params })).toMatchObject({ status: 404 });
    expect(await call(deleteMedia, { params })).toMatchObject({ status: 403 });
    expect(await call(deleteMedia, { as: "owner", params })).toMatchObject({ status: 204 });
    expect(await call(readMedia, { params })).toMatchObject({ status: 404 });
    expect(await call(deleteMedia, { as: "owner", params })).toMatchObject({ status: 404 });
  });

  it("are neither empty nor beyond 100 MB", async () => {
    const { call } = conversationDoors();
    expect(await upload(call, "image/png", Buffer.alloc(0))).toMatchObject({ status: 400 });
    const headers = { "content-type": "image/png", "content-length": String(100 * 1024 * 1024 + 1) };
    expect(await call(uploadMedia, { bytes: png, headers })).toMatchObject({ status: 413 });
  });
});
