import { Button, makeStyles, mergeClasses, SkeletonItem, tokens } from "@fluentui/react-components";
import { ArrowClockwise20Regular } from "@fluentui/react-icons/svg/arrow-clockwise";
import type { MessageMedia } from "../../../../shared/conversations/content.ts";
import { useMediaFile, useSeen } from "../../media/media.ts";
import { useThread } from "../context.ts";

const useStyles = makeStyles({
  box: {
    position: "relative",
    display: "grid",
    placeItems: "center",
    overflow: "hidden",
    padding: 0,
    border: "none",
    borderRadius: tokens.borderRadiusLarge,
    backgroundColor: tokens.colorNeutralBackground5,
    width: "100%",
    height: "100%",
    cursor: "zoom-in",
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "1px" },
  },
  image: { width: "100%", height: "100%", objectFit: "cover", display: "block" },
  skeleton: { position: "absolute", inset: 0, height: "auto" },
  single: { width: "264px", height: "198px", maxWidth: "100%" },
});

interface Props {
  readonly messageId: string;
  readonly media: MessageMedia;
  readonly label: string;
  readonly single?: boolean;
}

/** A photo in a box whose size is known before the photo is, so that nothing moves when it comes. */
export function Picture({ messageId, media, label, single = false }: Props) {
  const styles = useStyles();
  const { openImage } = useThread();
  const { seen, ref } = useSeen();
  const file = useMediaFile(media.id, seen);
  const box = mergeClasses(styles.box, single && styles.single);
  if (file.isError) {
    return (
      <div className={box}>
        <Button
          appearance="subtle"
          icon={<ArrowClockwise20Regular />}
          onClick={() => void file.refetch()}
          aria-label="The photo could not be loaded. Try again"
        />
      </div>
    );
  }
  return (
    <button type="button" ref={ref} className={box} onClick={() => openImage(messageId)} aria-label={`Open ${label}`}>
      {file.data === undefined ? (
        <SkeletonItem className={styles.skeleton} />
      ) : (
        <img className={styles.image} src={file.data.url} alt={label} />
      )}
    </button>
  );
}
