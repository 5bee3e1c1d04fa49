import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demoBusiness, demoPeople } from "../../local/whatsapp/seed.ts";
import { buildFunctions } from "../../scripts/build.ts";
import { type Ingestion, startIngestion } from "../harness/ingestion.ts";
import {
  APP_SECRET,
  freePort,
  type Installation,
  startInstallation,
  temporaryFolder,
} from "../harness/installation.ts";
import { messageWebhook, signed, text } from "../harness/whatsapp.ts";

/** The product itself, as it is started, with Application Insights: telemetry.test.ts proves the same in small. */
describe("a WhatsApp webhook, traced", () => {
  const folder = temporaryFolder();
  let ingestion: Ingestion;
  let installation: Installation;

  beforeAll(async () => {
    await buildFunctions();
    ingestion = await startIngestion(folder.path);
    const port = await freePort();
    installation = await startInstallation({ dataFolder: folder.path, port, env: ingestion.env });
  }, 90_000);
  afterAll(async () => {
    await installation.stop();
    await ingestion.stop();
    folder.remove();
  });

  it("is one operation from the request over the queue to the commit, and says nothing of what was written", async () => {
    const [customer] = demoPeople;
    const message = { wamid: "wamid.trace", at: new Date(), content: text("Meet me at the old mill") };
    const { body, headers } = signed(
      messageWebhook(demoBusiness, { phone: customer?.phone ?? "", name: customer?.name ?? "" }, message),
      APP_SECRET,
    );
    const url = `${installation.baseUrl}/api/webhooks/whatsapp`;
    expect((await fetch(url, { method: "POST", body, headers })).status).toBe(200);

    const operation = () =>
      [...ingestion.operations().values()].find((names) => names.includes("POST /api/webhooks/whatsapp"));
    await expect
      .poll(operation, { timeout: 20_000 })
      .toEqual(
        expect.arrayContaining(["POST /api/webhooks/whatsapp", "queue send", "inbound process", "documents commit"]),
      );
    const told = JSON.stringify(ingestion.items) + installation.output();
    expect(told).not.toContain("old mill");
    expect(told).not.toContain(customer?.phone);
  });
});
