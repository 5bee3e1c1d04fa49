import { Button, makeStyles, Popover, PopoverSurface, PopoverTrigger } from "@fluentui/react-components";
import { Emoji20Regular } from "@fluentui/react-icons/svg/emoji";
import { useState } from "react";

const useStyles = makeStyles({
  grid: { display: "grid", gridTemplateColumns: "repeat(8, 32px)", gap: "2px", padding: "8px" },
  emoji: { minWidth: "32px", height: "32px", padding: 0, fontSize: "18px" },
});

const EMOJI = [..."😀😄😂🙂😉😍🤗🤔😅😎😢😮😴🤝👍👎👌👏🙏💪👋✋✅❌⭐🎉🔥💡📦🚚📞📧📅⏰💶🧾🔧🏠🌍", "❤️"];

/** The emoji that an office needs, at the cursor. */
export function EmojiButton({ onChoose }: { readonly onChoose: (emoji: string) => void }) {
  const styles = useStyles();
  const [open, setOpen] = useState(false);
  return (
    <Popover open={open} onOpenChange={(_, data) => setOpen(data.open)} trapFocus positioning="above-start">
      <PopoverTrigger disableButtonEnhancement>
        <Button appearance="subtle" icon={<Emoji20Regular />} aria-label="Emoji" title="Emoji" />
      </PopoverTrigger>
      <PopoverSurface className={styles.grid} aria-label="Emoji">
        {EMOJI.map((emoji) => (
          <Button
            key={emoji}
            appearance="subtle"
            className={styles.emoji}
            aria-label={emoji}
            onClick={() => {
              setOpen(false);
              onChoose(emoji);
            }}
          >
            {emoji}
          </Button>
        ))}
      </PopoverSurface>
    </Popover>
  );
}
