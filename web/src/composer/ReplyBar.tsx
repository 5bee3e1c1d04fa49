import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { Dismiss16Regular } from "@fluentui/react-icons/svg/dismiss";
import type { Conversation, Message } from "../../../shared/conversations/model.ts";
import { contactName } from "../contacts/names.ts";
import { usePersonName } from "../session/people.ts";
import { lineOf } from "../thread/words.ts";

const useStyles = makeStyles({
  bar: {
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalS,
    margin: "6px 6px 0",
    padding: "4px 4px 4px 10px",
    borderLeft: `3px solid ${tokens.colorCompoundBrandStroke}`,
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground3,
  },
  words: { flexGrow: 1, minWidth: 0, display: "flex", flexDirection: "column" },
  line: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap", color: tokens.colorNeutralForeground2 },
});

interface Props {
  readonly conversation: Conversation;
  readonly message: Message;
  readonly onClose: () => void;
}

/** The message that the next one answers. */
export function ReplyBar({ conversation, message, onClose }: Props) {
  const styles = useStyles();
  const personName = usePersonName();
  const speaker = message.direction === "inbound" ? contactName(conversation.contact) : personName(message.author);
  return (
    <div className={styles.bar} data-testid="reply-bar">
      <div className={styles.words}>
        <Text size={200} weight="semibold">
          Reply to {speaker === "You" ? "yourself" : speaker}
        </Text>
        <Text size={200} className={styles.line}>
          {lineOf(message)}
        </Text>
      </div>
      <Button
        appearance="subtle"
        size="small"
        icon={<Dismiss16Regular />}
        aria-label="Do not reply to this"
        onClick={onClose}
      />
    </div>
  );
}
