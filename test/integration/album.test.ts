import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { mediaOf } from "../../shared/conversations/content.ts";
import { conversationsByPhone, messagesOf } from "../harness/shown.ts";
import { Story } from "../harness/story.ts";
import { until } from "../harness/until.ts";

/** WhatsApp sends an album as one webhook a picture, all at once: exactly one conversation comes of it. */
const PICTURES = 30;
const SHOP = { phoneNumberId: "100000000000311", displayPhoneNumber: "+31 20 555 0311" };
const CUSTOMER = { phone: "31699000311", name: "Albumine Fotorol" };

let story: Story;
beforeAll(async () => {
  story = await Story.begin();
}, 120_000);
afterAll(() => story.end());

it("an album in parallel webhooks becomes one conversation with every picture", { timeout: 120_000 }, async () => {
  const tenant = await story.signUp("album");
  await tenant.connect("shop", SHOP);
  const pictures = await Promise.all(
    Array.from({ length: PICTURES }, async (_, number) => {
      const bytes = Buffer.alloc(20_000 + number, `picture ${number} `);
      const caption = story.private(`Vakantiekiekje ${number}`);
      return { bytes, caption, wamid: `wamid.album.${number}`, id: await story.provider.keepFile(bytes, "image/jpeg") };
    }),
  );
  await Promise.all(
    pictures.map(({ caption, wamid, id }) =>
      story.says(SHOP, CUSTOMER, {
        wamid,
        content: { type: "image", image: { id, mime_type: "image/jpeg", caption } },
      }),
    ),
  );

  const messages = await until(
    "all pictures are stored",
    async () => {
      const [conversation] = (await conversationsByPhone(tenant.client)).get(CUSTOMER.phone) ?? [];
      const shown = conversation === undefined ? [] : await messagesOf(tenant.client, conversation.id);
      return shown.length >= PICTURES && shown.every((each) => mediaOf(each)?.status === "stored") && shown;
    },
    { every: 200 },
  );
  await story.settled();

  const conversations = [...(await conversationsByPhone(tenant.client)).values()].flat();
  expect(conversations).toHaveLength(1);
  expect(conversations[0]).toMatchObject({ unread: PICTURES, status: "open" });
  expect(messages).toHaveLength(PICTURES);
  for (const { bytes, caption } of pictures) {
    const message = messages.find((each) => "caption" in each && each.caption === caption);
    expect(await download(`media/${message && mediaOf(message)?.id}`, tenant.client.accessToken), caption).toEqual({
      type: "image/jpeg",
      sha256: createHash("sha256").update(bytes).digest("hex"),
    });
  }
});

it("prints nothing of it", () => {
  expect(story.leaks()).toEqual([]);
});

async function download(path: string, token: string) {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${story.installation.baseUrl}/api/${path}`, { headers });
  const bytes = await response.bytes();
  return {
    type: response.headers.get("content-type"),
    sha256: createHash("sha256").update(bytes).digest("hex"),
  };
}
