import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demoBusiness, demoPeople } from "../../local/whatsapp/seed.ts";
import { type Ingestion, startIngestion } from "../harness/ingestion.ts";
import {
  APP_SECRET,
  freePort,
  type Installation,
  startInstallation,
  temporaryFolder,
} from "../harness/installation.ts";
import { until } from "../harness/until.ts";
import { messageWebhook, signed, text } from "../harness/whatsapp.ts";

/** The product itself, as it is started, with Application Insights: telemetry.test.ts proves the same in small. */
describe("a WhatsApp webhook, traced", () => {
  const folder = temporaryFolder();
  let ingestion: Ingestion;
  let installation: Installation;

  beforeAll(async () => {
    ingestion = await startIngestion(folder.path);
    const port = await freePort();
    installation = await startInstallation({ dataFolder: folder.path, port, env: ingestion.env });
  }, 90_000);
  afterAll(async () => {
    await installation.stop();
    await ingestion.stop();
    folder.remove();
  });

  it("is one operation from the request over both queues to the commit and the push to desks, and says nothing of what was written", async () => {
    const [customer] = demoPeople;
    const message = { wamid: "wamid.trace", at: new Date(), content: text("Meet me at the old mill") };
    const { body, headers } = signed(
      messageWebhook(demoBusiness, { phone: customer?.phone ?? "", name: customer?.name ?? "" }, message),
      APP_SECRET,
    );
    const url = `${installation.baseUrl}/api/webhooks/whatsapp`;
    expect((await fetch(url, { method: "POST", body, headers })).status).toBe(200);

    const push = await until("the push to desks", () => chainTo("realtime publish"));
    expect(push).toEqual([
      "POST /api/webhooks/whatsapp",
      "queue send",
      "inbound process",
      "queue send",
      "events process",
      "realtime publish",
    ]);
    expect(chainTo("documents commit")).toEqual([...push.slice(0, 3), "documents commit"]);
    const told = JSON.stringify(ingestion.items) + installation.output();
    expect(told).not.toContain("old mill");
    expect(told).not.toContain(customer?.phone);
  });

  it("says how long each message waited for its first delivery", () => {
    for (const name of ["inbound process", "events process"]) {
      const delivery = ingestion.items.find(({ data }) => data.baseData.name === name);
      expect(delivery?.data.baseData.properties).toMatchObject({
        "cordboard.attempt": "1",
        "cordboard.waited": expect.stringMatching(/^\d{1,5}$/),
      });
    }
  });

  /** The spans from the webhook's request to a span of that name, by parents within its operation; undefined until it is there. */
  function chainTo(name: string): string[] | undefined {
    const request = ingestion.items.find(({ data }) => data.baseData.name === "POST /api/webhooks/whatsapp");
    const operation = ingestion.items.filter(
      ({ tags }) =>
        tags["ai.operation.id"] !== undefined && tags["ai.operation.id"] === request?.tags["ai.operation.id"],
    );
    let span = operation.find(({ data }) => data.baseData.name === name);
    const names: string[] = [];
    while (span !== undefined) {
      names.unshift(span.data.baseData.name ?? "");
      const parent: string | undefined = span.tags["ai.operation.parentId"];
      span = operation.find(({ data }) => data.baseData.id === parent);
    }
    return names[0] === "POST /api/webhooks/whatsapp" ? names : undefined;
  }
});
