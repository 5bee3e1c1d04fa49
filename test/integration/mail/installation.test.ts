import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { openQueue } from "../../../installer/openQueue.ts";
import { noticeMessage } from "../../../shared/notices/model.ts";
import { TenantId } from "../../../shared/platform/ids.ts";
import { emulatorsOf } from "../../harness/emulators.ts";
import { freePort, type Installation, startInstallation, temporaryFolder } from "../../harness/installation.ts";
import { linkIn, mailsTo, mailTo } from "../../harness/mailbox.ts";
import { ON_AZURE } from "../../harness/platform.ts";
import { until } from "../../harness/until.ts";
import { smtpServer } from "./smtpServer.ts";

/** Mail of a whole installation: from its queue to its outbox page, or to a mail server. */
const TENANT = TenantId.parse("ten_0000000000000000000a");
const folder = temporaryFolder();
const dataFolder = join(folder.path, "data");
let port: number;
let installation: Installation | undefined;

beforeAll(async () => {
  port = await freePort();
});
afterEach(async () => {
  await installation?.stop();
  installation = undefined;
});
afterAll(() => folder.remove());

async function start(env: Readonly<Record<string, string>> = {}): Promise<Installation> {
  installation = await startInstallation({ dataFolder, port, env });
  return installation;
}

async function sendReset(to: string, id: string): Promise<string> {
  const link = `http://localhost:${port}/#/reset?token=${id}`;
  const expiresAt = new Date(Date.now() + 60 * 60_000).toISOString();
  const notice = { template: "password-reset", name: "Olive", organization: "Blue Bikes", link, expiresAt } as const;
  const { queue: name, ...message } = noticeMessage(TENANT, to, notice, id);
  const services = ON_AZURE ? (await emulatorsOf(dataFolder)).settings : {};
  const platform = ON_AZURE ? "azure" : "local";
  const queue = openQueue({ ...services, CORDBOARD_PLATFORM: platform, CORDBOARD_DATA: dataFolder });
  await queue.send(name, [message]);
  await queue.close();
  return link;
}

async function mailInHealth({ baseUrl }: Installation): Promise<string> {
  const response = await fetch(`${baseUrl}/api/health`);
  return z.object({ mail: z.string() }).parse(await response.json()).mail;
}

describe("an installation on one machine", { timeout: 180_000 }, () => {
  it("shows the mails that it would have sent, also after its next start", async () => {
    const { baseUrl } = await start();
    expect(installation?.output()).toContain(`http://localhost:${port}/simulator/mail/`);
    const link = await sendReset("olive@example.com", "first");
    const mail = await mailTo(baseUrl, "olive@example.com", "Choose a new password");
    expect(linkIn(mail).href).toBe(link);
    expect(await mailInHealth({ ...(await restart()) })).toBe(ON_AZURE ? "communication-services" : "folder");
    expect(await mailsTo(baseUrl, "olive@example.com")).toEqual([mail]);
    expect(await mailsTo(baseUrl, "ann@example.com")).toEqual([]);
  });

  it("sends them by a mail server when it is given one, and keeps none", async () => {
    const server = await smtpServer();
    const mail = { SMTP_URL: `smtp://${server.host}`, MAIL_FROM: "Bikes <bikes@example.com>", EMAIL_ENDPOINT: "" };
    const running = await start(mail);
    expect(await mailInHealth(running)).toBe("smtp");
    await sendReset("ann@example.com", "second");
    const received = await until("a mail at the server", () => server.received[0]);
    expect(received).toMatchObject({ from: "bikes@example.com", to: ["ann@example.com"] });
    const listed = await fetch(`${running.baseUrl}/simulator/mail/api/mails`);
    expect(await listed.json()).toEqual({ kept: false, mails: [] });
    expect(running.output()).not.toMatch(/ann@example|token=/);
    await server.close();
  });
});

async function restart(): Promise<Installation> {
  await installation?.stop();
  return start();
}
