import { Button, makeStyles, Spinner, tokens } from "@fluentui/react-components";
import { Play24Filled } from "@fluentui/react-icons/svg/play";
import { useState } from "react";
import type { MessageMedia } from "../../../../shared/conversations/content.ts";
import { useMediaFile } from "../../media/media.ts";
import { sizeWords } from "../../ui/times.ts";

const useStyles = makeStyles({
  box: {
    position: "relative",
    width: "300px",
    maxWidth: "100%",
    aspectRatio: "16 / 10",
    display: "grid",
    placeItems: "center",
    overflow: "hidden",
    borderRadius: tokens.borderRadiusLarge,
    backgroundColor: tokens.colorNeutralBackgroundInverted,
  },
  video: { width: "100%", height: "100%", objectFit: "contain", backgroundColor: "#000" },
  size: {
    position: "absolute",
    left: tokens.spacingHorizontalS,
    bottom: tokens.spacingVerticalXS,
    color: tokens.colorNeutralForegroundInverted,
    fontSize: tokens.fontSizeBase200,
  },
});

/** Fetched only when somebody wants to see it. */
export function Video({ media }: { readonly media: MessageMedia }) {
  const styles = useStyles();
  const [wanted, setWanted] = useState(false);
  const file = useMediaFile(media.id, wanted);
  if (file.data !== undefined) {
    return (
      <div className={styles.box}>
        {/* biome-ignore lint/a11y/useMediaCaption: a customer's video has no captions */}
        <video className={styles.video} src={file.data.url} controls autoPlay />
      </div>
    );
  }
  return (
    <div className={styles.box}>
      {file.isFetching ? (
        <Spinner size="small" aria-label="Loading the video" />
      ) : (
        <Button
          shape="circular"
          size="large"
          icon={<Play24Filled />}
          aria-label={file.isError ? "The video could not be loaded. Try again" : "Play the video"}
          onClick={() => (file.isError ? void file.refetch() : setWanted(true))}
        />
      )}
      {media.size !== undefined && <span className={styles.size}>{sizeWords(media.size)}</span>}
    </div>
  );
}
