import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { WhatsAppChannel, type WhatsAppChannelDependencies } from "../../shared/channels/whatsapp/channel.ts";
import { isObject, objectsIn, type RawObject } from "../../shared/channels/whatsapp/raw.ts";
import { isSignedBy } from "../../shared/channels/whatsapp/signature.ts";
import { systemClock } from "../../shared/platform/clock.ts";
import { silentTelemetry } from "../../shared/platform/testing/silentTelemetry.ts";
import { createWhatsAppDouble, type WhatsAppDouble, type WhatsAppDoubleOptions } from "./double.ts";
import { readBytes } from "./http.ts";
import { demoBusiness } from "./seed.ts";

const Answer = z.looseObject({ id: z.string().default("") });
const APP_SECRET = "the double's app secret";

/** The double and a webhook in front of it, on a port of their own; what the webhook got, and how it should answer. */
export async function startDouble(options: Partial<WhatsAppDoubleOptions> = {}) {
  const received: RawObject[] = [];
  const webhook = { status: 200, badSignatures: 0 };
  let double: WhatsAppDouble | undefined;
  const server = createServer((request, response) => {
    if (double?.handle(request, response)) return;
    void readBytes(request).then((bytes) => {
      if (!isSignedBy(APP_SECRET, bytes, String(request.headers["x-hub-signature-256"]))) webhook.badSignatures++;
      if (webhook.status === 200) received.push(JSON.parse(bytes.toString("utf8")));
      response.writeHead(webhook.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  double = createWhatsAppDouble({
    appSecret: APP_SECRET,
    webhookUrl: `${origin}/webhook`,
    delays: { sent: 1, delivered: 2, read: 2 },
    retryDelays: [5],
    ...options,
  });
  const started = double;

  /** The messages or statuses received so far, in order of arrival. */
  const arrived = (kind: "messages" | "statuses") =>
    received
      .flatMap((payload) => objectsIn(payload.entry))
      .flatMap((entry) => objectsIn(entry.changes))
      .flatMap(({ value }) => (isObject(value) ? objectsIn(value[kind]) : []));

  return {
    origin,
    webhook,
    received,
    arrived,
    idle: () => started.idle(),
    async post(path: string, body: unknown) {
      const response = await fetch(`${origin}/simulator/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: Answer.parse(await response.json()) };
    },
    async stop() {
      await started.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A channel whose settings are the demo's, on the double; and the healths it reported. */
export function channelOn(origin: string, more: Partial<WhatsAppChannelDependencies> & { accessToken?: string } = {}) {
  const healths: string[] = [];
  const { accessToken = demoBusiness.accessToken, ...dependencies } = more;
  const settings = { ...demoBusiness, accessToken };
  const channel = new WhatsAppChannel({
    apiBaseUrl: `${origin}/simulator/graph`,
    version: "v25.0",
    channelSettings: async () => settings,
    setChannelHealth: async (_tenant, _channel, state) => void healths.push(state),
    clock: systemClock,
    telemetry: silentTelemetry(),
    ...dependencies,
  });
  return { channel, healths, settings };
}

/** Waits until `look` finds something, at most 5 s. */
export async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (let i = 0; i < 1000; i++) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("It never came");
}
