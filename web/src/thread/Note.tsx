import { makeStyles, Text, tokens } from "@fluentui/react-components";
import { Note16Regular } from "@fluentui/react-icons/svg/note";
import type { Message } from "../../../shared/conversations/model.ts";
import { clock, fullTime } from "../ui/times.ts";
import { Words } from "./content/Words.tsx";
import { useThread } from "./context.ts";
import { Unsent } from "./Failed.tsx";

const useStyles = makeStyles({
  note: {
    display: "grid",
    gridTemplateColumns: "auto minmax(0, 1fr) auto",
    columnGap: tokens.spacingHorizontalS,
    alignItems: "baseline",
    width: "100%",
    padding: "6px 12px",
    borderRadius: tokens.borderRadiusLarge,
    backgroundColor: tokens.colorPaletteMarigoldBackground1,
    border: `1px solid ${tokens.colorPaletteMarigoldBorder1}`,
    color: tokens.colorNeutralForeground1,
  },
  icon: { alignSelf: "start", marginTop: "2px", color: tokens.colorPaletteMarigoldForeground2 },
  quiet: { color: tokens.colorNeutralForeground3, whiteSpace: "nowrap" },
});

/** Said among colleagues: across the thread and amber, so that nobody takes it for an answer. */
export function Note({ message, itemKey }: { readonly message: Message; readonly itemKey: string }) {
  const styles = useStyles();
  const { speaker } = useThread();
  if (message.type !== "note") return null;
  return (
    <>
      <div
        className={styles.note}
        data-testid="message"
        data-id={message.id}
        data-anchor={itemKey}
        data-type="note"
        data-direction="note"
        data-status=""
      >
        <Note16Regular className={styles.icon} aria-label="Note for colleagues" />
        <Words text={message.text} />
        <Text size={100} className={styles.quiet}>
          {speaker(message)} ·{" "}
          <time dateTime={message.sentAt} title={fullTime(new Date(message.sentAt))}>
            {clock(new Date(message.sentAt))}
          </time>
        </Text>
      </div>
      <Unsent localId={message.id} />
    </>
  );
}
