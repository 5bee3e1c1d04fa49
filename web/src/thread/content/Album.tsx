import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import type { Message } from "../../../../shared/conversations/model.ts";
import { useThread } from "../context.ts";
import { MediaFrame } from "./MediaFrame.tsx";
import { Picture } from "./Picture.tsx";

const useStyles = makeStyles({
  grid: {
    display: "grid",
    gridTemplateColumns: "repeat(2, 132px)",
    gridAutoRows: "132px",
    gap: "3px",
    borderRadius: tokens.borderRadiusLarge,
    overflow: "hidden",
  },
  three: { gridTemplateColumns: "repeat(3, 104px)", gridAutoRows: "104px" },
  cell: { position: "relative", minWidth: 0, minHeight: 0 },
  more: {
    position: "absolute",
    inset: 0,
    border: "none",
    borderRadius: tokens.borderRadiusLarge,
    backgroundColor: "rgba(0, 0, 0, 0.55)",
    color: "#fff",
    fontSize: tokens.fontSizeBase500,
    fontWeight: tokens.fontWeightSemibold,
    cursor: "zoom-in",
  },
});

const MOST = 9;

/** Photos sent in one go: a grid, the rest behind "+n". */
export function Album({ messages }: { readonly messages: readonly Message[] }) {
  const styles = useStyles();
  const { openImage } = useThread();
  const most = messages.length > 4 ? MOST : 4;
  const shown = messages.slice(0, most);
  const hidden = messages.length - shown.length;
  return (
    <div className={mergeClasses(styles.grid, messages.length > 4 && styles.three)}>
      {shown.map((message, index) =>
        message.type === "image" ? (
          <div
            key={message.id}
            className={styles.cell}
            data-testid="message"
            data-id={message.id}
            data-type="image"
            data-direction={message.direction}
            data-status={message.status ?? ""}
          >
            <MediaFrame media={message.media} what="The photo">
              <Picture
                messageId={message.id}
                media={message.media}
                label={`Photo ${index + 1} of ${messages.length}`}
              />
            </MediaFrame>
            {hidden > 0 && index === shown.length - 1 && (
              <button
                type="button"
                className={styles.more}
                onClick={() => openImage(message.id)}
                aria-label={`${hidden} more photos`}
              >
                +{hidden}
              </button>
            )}
          </div>
        ) : null,
      )}
    </div>
  );
}
