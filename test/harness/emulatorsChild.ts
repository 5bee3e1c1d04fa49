/**
 * Azure's services, emulated in a process of their own, started by emulators.ts: hosts can then be killed and started again
 * and find everything as they left it. The one argument is a folder. Ends when who started it ends.
 */
import { startEmulators } from "../../local/emulators/emulators.ts";
import { startServiceBusEmulator } from "../../local/emulators/serviceBus/server.ts";

const serviceBus = await startServiceBusEmulator();
const { settings } = await startEmulators(process.argv[2] ?? "", {
  SERVICEBUS__fullyQualifiedNamespace: serviceBus.host,
});
process.on("message", () => process.send?.({ queued: serviceBus.queued() }));
process.once("disconnect", () => process.exit(0));
process.send?.({ settings });
