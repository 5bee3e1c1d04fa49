import { app } from "@azure/functions";
import { readConfig } from "../shared/platform/config/config.ts";
import { compose } from "./compose.ts";
import { registerQueues, registerRoutes, registerTimers } from "./register.ts";
import { queueFunctions, routes, timerFunctions } from "./routes.ts";

/**
 * Where everything starts, on Azure and on one machine: read the settings, wire the product, register its doors. A wrong
 * setting throws here, with its name, before anything is served.
 */
const composition = compose(readConfig(process.env));
registerRoutes(routes, composition);
registerQueues(queueFunctions, composition);
registerTimers(timerFunctions, composition);
app.hook.appTerminate(() => composition.services.telemetry.flush());
