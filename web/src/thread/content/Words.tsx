import { Link, makeStyles, tokens } from "@fluentui/react-components";
import { isEmojiOnly, textParts } from "../textParts.ts";

const useStyles = makeStyles({
  text: { whiteSpace: "pre-wrap", overflowWrap: "anywhere", lineHeight: tokens.lineHeightBase300 },
  large: { fontSize: "32px", lineHeight: "40px" },
});

/** What somebody wrote, with its links; a few emoji alone are large. */
export function Words({ text }: { readonly text: string }) {
  const styles = useStyles();
  if (isEmojiOnly(text)) return <span className={styles.large}>{text}</span>;
  return (
    <span className={styles.text}>
      {textParts(text).map((part, index) =>
        part.kind === "text" ? (
          part.text
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: a text's parts never move
          <Link key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow" inline>
            {part.text}
          </Link>
        ),
      )}
    </span>
  );
}
