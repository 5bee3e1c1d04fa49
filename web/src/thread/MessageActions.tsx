import { Button, makeStyles, Popover, PopoverSurface, PopoverTrigger, tokens } from "@fluentui/react-components";
import { ArrowReply16Regular } from "@fluentui/react-icons/svg/arrow-reply";
import { EmojiAdd16Regular } from "@fluentui/react-icons/svg/emoji-add";
import { useState } from "react";
import type { Message } from "../../../shared/conversations/model.ts";
import { useMyId } from "../session/me.ts";
import { useMessageActions } from "./actions.ts";
import { useThread } from "./context.ts";

const useStyles = makeStyles({
  bar: { display: "flex" },
  picker: { display: "flex", gap: "2px", padding: tokens.spacingHorizontalXS },
  emoji: { minWidth: "34px", padding: "2px", fontSize: "20px" },
});

const EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

/** Reply and react; beside the bubble, when it is pointed at or has the focus. */
export function MessageActions({ message }: { readonly message: Message }) {
  const styles = useStyles();
  const { reply } = useThread();
  const me = useMyId();
  const { react } = useMessageActions(message);
  const [open, setOpen] = useState(false);
  const mine = message.reactions.find(({ from }) => from === me)?.emoji;
  return (
    <span className={styles.bar}>
      <Button
        appearance="subtle"
        size="small"
        icon={<ArrowReply16Regular />}
        aria-label="Reply to this message"
        title="Reply"
        onClick={() => reply(message)}
      />
      <Popover open={open} onOpenChange={(_, data) => setOpen(data.open)} trapFocus positioning="above">
        <PopoverTrigger disableButtonEnhancement>
          <Button appearance="subtle" size="small" icon={<EmojiAdd16Regular />} aria-label="React" title="React" />
        </PopoverTrigger>
        <PopoverSurface className={styles.picker} aria-label="Reactions">
          {EMOJI.map((emoji) => (
            <Button
              key={emoji}
              className={styles.emoji}
              appearance={emoji === mine ? "secondary" : "subtle"}
              aria-pressed={emoji === mine}
              aria-label={emoji === mine ? `Take ${emoji} back` : `React with ${emoji}`}
              onClick={() => {
                setOpen(false);
                react.mutate(emoji === mine ? "" : emoji);
              }}
            >
              {emoji}
            </Button>
          ))}
        </PopoverSurface>
      </Popover>
    </span>
  );
}
