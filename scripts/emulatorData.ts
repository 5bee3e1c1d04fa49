import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { QUEUES, type QueueDeclaration } from "../shared/platform/queue/queues.ts";

/** Mounted by compose.yml. */
export const SERVICE_BUS_CONFIG = resolve(import.meta.dirname, "../local/emulators/compose/serviceBus.json");

/**
 * Limits of Microsoft's Service Bus emulator, in seconds; Service Bus itself takes days.
 * https://github.com/Azure/azure-service-bus-emulator-installer/blob/main/ServiceBus-Emulator/Schema/Config-schema.json
 */
const LONGEST_DUPLICATE_WINDOW = 5 * 60;
const LONGEST_TIME_TO_LIVE = 60 * 60;

/** The product's queues as Microsoft's Service Bus emulator takes them; its one namespace has a fixed name. */
export function serviceBusEmulatorConfig(): string {
  const queues = Object.entries(QUEUES).map(([name, queue]: [string, QueueDeclaration]) => ({
    Name: name,
    Properties: {
      DeadLetteringOnMessageExpiration: true,
      DefaultMessageTimeToLive: duration(LONGEST_TIME_TO_LIVE),
      DuplicateDetectionHistoryTimeWindow: duration(Math.min(queue.duplicateWindowSeconds, LONGEST_DUPLICATE_WINDOW)),
      ForwardDeadLetteredMessagesTo: "",
      ForwardTo: "",
      LockDuration: duration(queue.lockSeconds),
      MaxDeliveryCount: queue.maxDeliveryCount,
      RequiresDuplicateDetection: true,
      RequiresSession: true,
    },
  }));
  const namespace = { Name: "sbemulatorns", Queues: queues, Topics: [] };
  const config = { UserConfig: { Namespaces: [namespace], Logging: { Type: "Console" } } };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

function duration(seconds: number): string {
  return `PT${seconds}S`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  mkdirSync(dirname(SERVICE_BUS_CONFIG), { recursive: true });
  writeFileSync(SERVICE_BUS_CONFIG, serviceBusEmulatorConfig());
  console.log("local/emulators/compose: written from the code's declarations");
}
