import { Button, Card, makeStyles, Text, tokens } from "@fluentui/react-components";
import { Add20Regular } from "@fluentui/react-icons/svg/add";
import { ChatMultiple24Regular } from "@fluentui/react-icons/svg/chat-multiple";
import { ChevronRight20Regular } from "@fluentui/react-icons/svg/chevron-right";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { wordsOf } from "../api/problem.ts";
import { useTitle } from "../app/title.ts";
import { useMay } from "../session/me.ts";
import { ChannelIcon } from "../ui/ChannelIcon.tsx";
import { Empty } from "../ui/Empty.tsx";
import { Failure } from "../ui/Failure.tsx";
import { channelsQuery } from "./channels.ts";
import { Health } from "./Health.tsx";
import { RowsSkeleton } from "./RowsSkeleton.tsx";
import { useRowStyles } from "./rowStyles.ts";
import { Section } from "./Section.tsx";

const useStyles = makeStyles({
  grid: { gridTemplateColumns: "auto minmax(0, 1fr) auto auto" },
  empty: { minHeight: "280px" },
  quiet: { color: tokens.colorNeutralForeground3 },
});

/** The numbers through which customers write. */
export function WhatsAppNumbers() {
  useTitle("WhatsApp numbers", "Settings");
  const styles = useStyles();
  const rows = useRowStyles();
  const may = useMay();
  const navigate = useNavigate();
  const query = useQuery(channelsQuery);
  const items = query.data?.items;
  const connect = (
    <Button
      appearance="primary"
      icon={<Add20Regular />}
      onClick={() => void navigate({ to: "/settings/whatsapp/$id", params: { id: "new" } })}
      data-testid="add-number"
    >
      Connect a number
    </Button>
  );
  return (
    <Section
      title="WhatsApp numbers"
      words="Each number is a channel on which customers write to you."
      action={may("configuration.write") && items !== undefined && items.length > 0 ? connect : undefined}
    >
      {query.isPending && <RowsSkeleton />}
      {query.isError && items === undefined && (
        <Failure
          title="The numbers could not be loaded"
          words={wordsOf(query.error)}
          onRetry={() => void query.refetch()}
        />
      )}
      {items?.length === 0 && (
        <Card className={styles.empty}>
          <Empty
            title="Connect your first number"
            icon={<ChatMultiple24Regular />}
            actions={may("configuration.write") ? connect : undefined}
          >
            You need the number's ids and an access token from WhatsApp Manager.
          </Empty>
        </Card>
      )}
      {items !== undefined && items.length > 0 && (
        <ul className={rows.list}>
          {items.map((channel) => (
            <li key={channel.id} className={rows.item}>
              <Link
                to="/settings/whatsapp/$id"
                params={{ id: channel.id }}
                className={`${rows.row} ${styles.grid}`}
                data-testid="number-row"
              >
                <ChannelIcon channel="whatsapp" size={20} />
                <span className={rows.words}>
                  <Text weight="semibold">{channel.name}</Text>
                  <Text size={200} className={styles.quiet}>
                    {channel.displayPhoneNumber}
                  </Text>
                </span>
                <Health health={channel.health} />
                <ChevronRight20Regular className={styles.quiet} />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
