import { queryOptions } from "@tanstack/react-query";
import type { ShownWhatsAppChannel } from "../../../shared/configuration/kinds.ts";
import { get, type Page } from "../api/client.ts";
import { keys } from "../api/keys.ts";

export const channelsQuery = queryOptions({
  queryKey: keys.configuration("whatsapp-channels"),
  queryFn: ({ signal }) => get<Page<ShownWhatsAppChannel>>("configuration/whatsapp-channels?limit=200", signal),
});
