import { Badge } from "@fluentui/react-components";
import type { ChannelHealth } from "../../../shared/configuration/kinds.ts";

const WORDS = { healthy: "Working", degraded: "Slow", failing: "Not working", paused: "Paused" } as const;
const COLORS = { healthy: "success", degraded: "warning", failing: "danger", paused: "informative" } as const;

/** How a channel is doing; before anything was sent, nobody knows. */
export function Health({ health }: { readonly health: ChannelHealth | undefined }) {
  if (health === undefined) {
    return (
      <Badge appearance="tint" color="informative" title="Known once something was sent">
        Not used yet
      </Badge>
    );
  }
  return (
    <Badge appearance="tint" color={COLORS[health.state]} title={health.reason}>
      {WORDS[health.state]}
    </Badge>
  );
}
