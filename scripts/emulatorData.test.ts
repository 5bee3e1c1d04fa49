import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { QUEUES, type QueueDeclaration } from "../shared/platform/queue/queues.ts";
import { SERVICE_BUS_CONFIG, serviceBusEmulatorConfig } from "./emulatorData.ts";

const ROOT = resolve(import.meta.dirname, "..");
const compose = readFileSync(join(ROOT, "compose.yml"), "utf8");

const Seconds = z
  .string()
  .regex(/^PT\d+S$/)
  .transform((text) => Number(text.slice(2, -1)));

/** What the emulator's schema allows (see emulatorData.ts), as far as queues go. */
const Config = z.object({
  UserConfig: z.object({
    Namespaces: z.tuple([
      z.object({
        Name: z.literal("sbemulatorns"),
        Queues: z
          .array(
            z.object({
              Name: z.string().regex(/^[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?$/),
              Properties: z.object({
                DefaultMessageTimeToLive: Seconds.pipe(z.number().min(300).max(3600)),
                DuplicateDetectionHistoryTimeWindow: Seconds.pipe(z.number().min(5).max(300)),
                LockDuration: Seconds.pipe(z.number().min(5).max(300)),
                MaxDeliveryCount: z.int().min(1).max(10),
                RequiresDuplicateDetection: z.literal(true),
                RequiresSession: z.literal(true),
              }),
            }),
          )
          .max(50),
      }),
    ]),
  }),
});

describe("the official Service Bus emulator's configuration", () => {
  it("is what the code declares (else: npm run emulators:data)", () => {
    expect(readFileSync(SERVICE_BUS_CONFIG, "utf8")).toBe(serviceBusEmulatorConfig());
  });

  it("has each queue of the code, as declared as the emulator can, and no other", () => {
    const { UserConfig } = Config.parse(JSON.parse(serviceBusEmulatorConfig()));
    const [{ Queues }] = UserConfig.Namespaces;
    expect(Queues.map(({ Name }) => Name)).toEqual(Object.keys(QUEUES));
    for (const [index, declared] of Object.values<QueueDeclaration>(QUEUES).entries()) {
      const { LockDuration, MaxDeliveryCount, DuplicateDetectionHistoryTimeWindow } = Queues[index]?.Properties ?? {};
      expect(LockDuration).toBe(declared.lockSeconds);
      expect(MaxDeliveryCount).toBe(declared.maxDeliveryCount);
      expect(DuplicateDetectionHistoryTimeWindow).toBe(Math.min(declared.duplicateWindowSeconds, 300));
    }
  });
});

describe("compose.yml", () => {
  it("mounts files that there are", () => {
    const mounted = [...compose.matchAll(/^\s+- \.\/([\w./-]+):/gm)].map(([, path]) => path ?? "");
    expect(mounted).toContain("local/emulators/compose/serviceBus.json");
    for (const path of mounted) expect(existsSync(join(ROOT, path)), path).toBe(true);
  });

  it("publishes to this machine alone, where the documentation says", () => {
    const published = [...compose.matchAll(/^\s+- "([^"]+:\d+)"$/gm)].map(([, port]) => port);
    expect(published.sort()).toEqual([
      "127.0.0.1:10000:10000",
      "127.0.0.1:1234:1234",
      "127.0.0.1:5672:5672",
      "127.0.0.1:8081:8081",
    ]);
    const documented = readFileSync(join(ROOT, "docs/emulators.md"), "utf8");
    for (const address of ["http://localhost:8081", "localhost:5672", "http://127.0.0.1:10000/devstoreaccount1"])
      expect(documented).toContain(`=${address}`);
  });
});
