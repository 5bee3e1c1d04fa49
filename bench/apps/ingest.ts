import { app } from "@azure/functions";
import { compose } from "../../functions/compose.ts";
import { whatsappRoutes } from "../../functions/http/whatsapp.ts";
import { serveAll } from "../../functions/serveAll.ts";
import { readConfig } from "../../shared/platform/config/config.ts";

/** The product's webhook door and nothing behind it: what durable ingest costs, without the work that follows. */
serveAll(app, whatsappRoutes, compose(readConfig(process.env)));
