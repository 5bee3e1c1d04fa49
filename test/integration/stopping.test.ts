import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { splitPayload } from "../../shared/channels/whatsapp/split.ts";
import { systemClock } from "../../shared/platform/clock.ts";
import { openSqliteDocuments } from "../../shared/platform/documents/sqlite/documents.ts";
import { Problem } from "../../shared/platform/errors.ts";
import { TenantId } from "../../shared/platform/ids.ts";
import { Outbox } from "../../shared/platform/outbox/outbox.ts";
import { silentTelemetry } from "../../shared/platform/testing/silentTelemetry.ts";
import { APP_SECRET, freePort, startInstallation } from "../harness/installation.ts";
import { ON_AZURE } from "../harness/platform.ts";
import { conversationsByPhone, messagesOf } from "../harness/shown.ts";
import { letTimePass, undoneIn } from "../harness/storedFiles.ts";
import { Story, type Tenant } from "../harness/story.ts";
import { until } from "../harness/until.ts";
import { messageWebhook, signed, text } from "../harness/whatsapp.ts";

/** The installation as a process on a machine: stopped, started again, started twice, cut off and swept up after. */
const SHOP = { phoneNumberId: "100000000000351", displayPhoneNumber: "+31 20 555 0351" };
const CUSTOMER = { phone: "31699000351", name: "Stoppelveld" };

let story: Story;
let tenant: Tenant;
beforeAll(async () => {
  story = await Story.begin();
  tenant = await story.signUp("stopping");
  await tenant.connect("shop", SHOP);
}, 120_000);
afterAll(() => story.end());

const textsOf = async (phone: string) => {
  const [conversation] = (await conversationsByPhone(tenant.client)).get(phone) ?? [];
  const messages = conversation === undefined ? [] : await messagesOf(tenant.client, conversation.id);
  return messages.map((message) => (message.type === "text" ? message.text : message.type));
};

describe("a second host on one data folder", () => {
  it("does not start, and says what to do", async () => {
    const second = startInstallation({ dataFolder: story.dataFolder, port: await freePort() });
    await expect(second).rejects.toThrow(
      new RegExp(`running on this data folder already \\(process ${story.installation.pid}\\).*CORDBOARD_DATA`),
    );
    const { status } = await tenant.client.get("me");
    expect(status).toBe(200);
  });
});

describe("SIGTERM", () => {
  it("lets requests under way be answered, ends with 0, and nothing acknowledged is lost", {
    timeout: 120_000,
  }, async () => {
    const acknowledged: string[] = [];
    const write = async (words: string) => {
      const content = text(story.private(words));
      await story.says(SHOP, CUSTOMER, { wamid: `wamid.${randomUUID()}`, content });
      acknowledged.push(words);
    };
    await write("Eerste stoppelbericht");
    // Half of a request has come when the signal comes.
    const words = story.private("Halverwege onderbroken bericht");
    const halfway = await halfOfRequest({ words, wamid: "wamid.stopping.half" });
    const crowd = Array.from({ length: 50 }, (_, n) => write(`Gedrang ${n}`).catch(() => undefined));
    await Promise.race(crowd);

    const { baseUrl } = story.installation;
    const stopped = story.stop();
    await until(
      "it takes nothing new",
      () =>
        fetch(`${baseUrl}/api/health`).then(
          () => false,
          () => true,
        ),
      { every: 5 },
    );
    const answer = await halfway.finish();
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    acknowledged.push(words);
    expect(await stopped).toBe(0);
    await Promise.all(crowd);

    await story.start();
    const shown = await until("all that was acknowledged is shown", async () => {
      const texts = await textsOf(CUSTOMER.phone);
      return acknowledged.every((each) => texts.includes(each)) && texts;
    });
    expect(new Set(shown).size).toBe(shown.length);
  });

  /** A webhook call of which half has been read by the host when this resolves. */
  async function halfOfRequest({ words, wamid }: { words: string; wamid: string }) {
    const message = { wamid, at: new Date(), content: text(words) };
    const { body, headers } = signed(messageWebhook(SHOP, CUSTOMER, message), APP_SECRET);
    const { port } = new URL(story.webhookUrl);
    const socket = connect(Number(port), "localhost");
    let answer = "";
    socket.setEncoding("utf8").on("data", (chunk) => {
      answer += chunk;
    });
    const lines = Object.entries({ ...headers, host: "localhost", "content-length": Buffer.byteLength(body) });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    // "100 Continue" says that the host has taken the request up.
    socket.write(`POST /api/webhooks/whatsapp HTTP/1.1\r\nexpect: 100-continue\r\n${head}\r\n`);
    await until("the host has taken the request up", () => answer.startsWith("HTTP/1.1 100 "));
    answer = "";
    socket.write(body.slice(0, 40));
    return {
      finish: async () => {
        socket.write(body.slice(40));
        return until("the request is answered", () => answer.includes("\r\n\r\n") && answer.trimStart());
      },
    };
  }
});

// Only SQLite's files can be made older. Outbox and conformance tests sweep on Azure's engines.
describe.skipIf(ON_AZURE)("the sweep", () => {
  it("publishes what a crash left behind a commit, and leaves no entry", { timeout: 120_000 }, async () => {
    const words = story.private("Uit de veegbak gered");
    await story.stop();
    await commitAndCrash(words);
    expect(undoneIn(story.dataFolder)).toMatchObject({ outbox: 1, queued: [] });

    await story.start();
    // Too young: whoever committed it may still be about to publish it.
    expect(undoneIn(story.dataFolder).outbox).toBe(1);
    await story.stop();
    letTimePass(story.dataFolder, 10);
    await story.start();
    await until("it arrived", async () => (await textsOf(CUSTOMER.phone)).includes(words));
    await story.settled();
    expect(undoneIn(story.dataFolder).outbox).toBe(0);
  });

  /** A commit whose consequence never reached the queue: here, a customer's message. */
  async function commitAndCrash(words: string): Promise<void> {
    const documents = openSqliteDocuments({ file: `${story.dataFolder}/documents.db`, clock: systemClock });
    const refusing = { send: () => Promise.reject(new Problem("unavailable")) };
    const outbox = new Outbox(documents, refusing, systemClock, silentTelemetry());
    const message = { wamid: "wamid.stopping.swept", at: new Date(), content: text(words) };
    const { messages } = splitPayload(messageWebhook(SHOP, CUSTOMER, message), { receivedAt: new Date(), bytes: 1000 });
    const store = documents.forTenant(TenantId.parse(tenant.id));
    const consequences = { messages: messages.map((each) => ({ ...each, queue: "inbound" as const })) };
    await outbox.commit(store, "conversations", ["cnv_00000000000000000000"], [], consequences);
    await documents.close();
  }
});

it("prints nothing of it", () => {
  expect(story.leaks()).toEqual([]);
});
