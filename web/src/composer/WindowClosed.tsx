import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { LockClosed20Regular } from "@fluentui/react-icons/svg/lock-closed";
import { NoteAdd20Regular } from "@fluentui/react-icons/svg/note-add";
import { useEffect } from "react";
import { isShortcut } from "../ui/keyboard.ts";
import { lengthWords } from "../ui/times.ts";
import { draftOf } from "./drafts.ts";

const useStyles = makeStyles({
  bar: {
    display: "flex",
    alignItems: "center",
    flexWrap: "wrap",
    gap: tokens.spacingHorizontalM,
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusXLarge,
    backgroundColor: tokens.colorNeutralBackground2,
  },
  icon: { color: tokens.colorNeutralForeground3, flexShrink: 0 },
  words: { flex: "1 1 240px", color: tokens.colorNeutralForeground2 },
  actions: { display: "flex", gap: tokens.spacingHorizontalS, flexShrink: 0 },
});

interface Props {
  readonly conversationId: string;
  readonly since: number | undefined;
  readonly onChoose: () => void;
}

/** Says why one cannot write freely, and what one can do. */
export function WindowClosed({ conversationId, since, onChoose }: Props) {
  const styles = useStyles();
  const note = () => draftOf(conversationId).update((draft) => ({ ...draft, note: true }));
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (!isShortcut(event, "n")) return;
      event.preventDefault();
      draftOf(conversationId).update((draft) => ({ ...draft, note: true }));
    }
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [conversationId]);
  const words =
    since === undefined
      ? "The customer has not written yet. WhatsApp lets a business begin only with an approved template."
      : `The 24-hour window closed ${lengthWords(since)} ago. WhatsApp accepts only an approved template until the customer writes again.`;
  return (
    <div className={styles.bar} data-testid="window-closed">
      <LockClosed20Regular className={styles.icon} />
      <Text size={200} className={styles.words}>
        {words}
      </Text>
      <div className={styles.actions}>
        <Button icon={<NoteAdd20Regular />} appearance="subtle" onClick={note} data-testid="note-switch">
          Note
        </Button>
        <Button appearance="primary" onClick={onChoose} data-testid="choose-template">
          Choose a template
        </Button>
      </div>
    </div>
  );
}
