import { Button, Dialog, DialogSurface, makeStyles, Spinner, Text, tokens } from "@fluentui/react-components";
import { ArrowDownload20Regular } from "@fluentui/react-icons/svg/arrow-download";
import { ChevronLeft24Regular } from "@fluentui/react-icons/svg/chevron-left";
import { ChevronRight24Regular } from "@fluentui/react-icons/svg/chevron-right";
import { Dismiss20Regular } from "@fluentui/react-icons/svg/dismiss";
import type { KeyboardEvent } from "react";
import type { Message } from "../../../shared/conversations/model.ts";
import { saveFile, useMediaFile } from "../media/media.ts";

const useStyles = makeStyles({
  surface: {
    width: "100vw",
    height: "100vh",
    maxWidth: "100vw",
    maxHeight: "100vh",
    margin: 0,
    padding: 0,
    border: "none",
    borderRadius: 0,
    backgroundColor: "rgba(12, 12, 14, 0.92)",
    color: "#fff",
    display: "grid",
    gridTemplateRows: "48px minmax(0, 1fr)",
  },
  bar: {
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalS,
    paddingInline: tokens.spacingHorizontalL,
  },
  count: { marginRight: "auto", color: "#fff", fontVariantNumeric: "tabular-nums" },
  button: { color: "#fff", ":hover": { color: "#fff", backgroundColor: "rgba(255, 255, 255, 0.14)" } },
  stage: {
    display: "grid",
    gridTemplateColumns: "56px minmax(0, 1fr) 56px",
    alignItems: "center",
    justifyItems: "center",
    minHeight: 0,
    paddingBottom: tokens.spacingVerticalL,
  },
  figure: {
    margin: 0,
    height: "100%",
    display: "grid",
    gridTemplateRows: "minmax(0, 1fr) auto",
    placeItems: "center",
    gap: "8px",
  },
  image: { maxWidth: "100%", maxHeight: "100%", objectFit: "contain", minHeight: 0 },
});

interface Props {
  readonly messages: readonly Message[];
  readonly openId: string;
  readonly onMove: (id: string) => void;
  readonly onClose: () => void;
}

/** A photo as large as the window, with the thread's other photos left and right of it. */
export function Lightbox({ messages, openId, onMove, onClose }: Props) {
  const styles = useStyles();
  const images = messages.filter((message) => message.type === "image");
  const at = images.findIndex(({ id }) => id === openId);
  const current = images[at];
  const file = useMediaFile(current?.media.id ?? "", current !== undefined);
  if (current === undefined) return null;
  const before = images[at - 1];
  const after = images[at + 1];

  function onKeyDown(event: KeyboardEvent) {
    const next = event.key === "ArrowLeft" ? before : event.key === "ArrowRight" ? after : undefined;
    if (next !== undefined) onMove(next.id);
  }

  return (
    <Dialog open onOpenChange={(_, { open }) => !open && onClose()}>
      <DialogSurface className={styles.surface} aria-label="Photo" onKeyDown={onKeyDown}>
        <div className={styles.bar}>
          <Text className={styles.count}>
            {at + 1} of {images.length}
          </Text>
          <Button
            appearance="subtle"
            className={styles.button}
            icon={<ArrowDownload20Regular />}
            aria-label="Save the photo"
            disabled={file.data === undefined}
            onClick={() => file.data && saveFile(file.data.url, current.media.fileName ?? "photo.jpg")}
          />
          <Button
            appearance="subtle"
            className={styles.button}
            icon={<Dismiss20Regular />}
            aria-label="Close"
            onClick={onClose}
          />
        </div>
        <div className={styles.stage}>
          {before === undefined ? (
            <span />
          ) : (
            <Button
              appearance="subtle"
              className={styles.button}
              icon={<ChevronLeft24Regular />}
              aria-label="Photo before"
              onClick={() => onMove(before.id)}
            />
          )}
          <figure className={styles.figure}>
            {file.data === undefined ? (
              <Spinner aria-label="Loading the photo" />
            ) : (
              <img className={styles.image} src={file.data.url} alt={current.caption ?? "Attached by the sender"} />
            )}
            {current.caption !== undefined && <figcaption>{current.caption}</figcaption>}
          </figure>
          {after === undefined ? (
            <span />
          ) : (
            <Button
              appearance="subtle"
              className={styles.button}
              icon={<ChevronRight24Regular />}
              aria-label="Photo after"
              onClick={() => onMove(after.id)}
            />
          )}
        </div>
      </DialogSurface>
    </Dialog>
  );
}
