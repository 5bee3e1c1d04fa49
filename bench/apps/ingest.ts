import { compose } from "../../functions/compose.ts";
import { whatsappRoutes } from "../../functions/http/whatsapp.ts";
import { registerRoutes } from "../../functions/register.ts";
import { readConfig } from "../../shared/platform/config/config.ts";

/** The product's webhook door and nothing behind it: what durable ingest costs, without the work that follows. */
registerRoutes(whatsappRoutes, compose(readConfig(process.env)));
