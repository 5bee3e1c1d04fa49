import { makeStyles } from "@fluentui/react-components";
import type { Message } from "../../../../shared/conversations/model.ts";
import { useMediaFile, useSeen } from "../../media/media.ts";
import { Choice, Contacts, Interactive, Template, Unsupported } from "./Cards.tsx";
import { Document } from "./Document.tsx";
import { Location } from "./Location.tsx";
import { MediaFrame } from "./MediaFrame.tsx";
import { Picture } from "./Picture.tsx";
import { Video } from "./Video.tsx";
import { Voice } from "./Voice.tsx";
import { Words } from "./Words.tsx";

const useStyles = makeStyles({
  captioned: { display: "flex", flexDirection: "column", gap: "6px", maxWidth: "300px" },
  caption: { paddingInline: "6px" },
  sticker: { width: "132px", height: "132px", objectFit: "contain", display: "block" },
});

/** What a message says, by its type. */
export function Content({ message }: { readonly message: Message }) {
  const styles = useStyles();
  switch (message.type) {
    case "text":
    case "note":
      return <Words text={message.text} />;
    case "image":
      return (
        <div className={styles.captioned}>
          <MediaFrame media={message.media} what="The photo">
            <Picture messageId={message.id} media={message.media} label={message.caption ?? "Photo"} single />
          </MediaFrame>
          {message.caption !== undefined && (
            <div className={styles.caption}>
              <Words text={message.caption} />
            </div>
          )}
        </div>
      );
    case "video":
      return (
        <div className={styles.captioned}>
          <MediaFrame media={message.media} what="The video">
            <Video media={message.media} />
          </MediaFrame>
          {message.caption !== undefined && (
            <div className={styles.caption}>
              <Words text={message.caption} />
            </div>
          )}
        </div>
      );
    case "document":
      return (
        <div className={styles.captioned}>
          <MediaFrame media={message.media} what={message.media.fileName ?? "The document"}>
            <Document media={message.media} />
          </MediaFrame>
          {message.caption !== undefined && (
            <div className={styles.caption}>
              <Words text={message.caption} />
            </div>
          )}
        </div>
      );
    case "audio":
      return (
        <MediaFrame media={message.media} what={message.voice ? "The voice message" : "The recording"}>
          <Voice media={message.media} voice={message.voice} />
        </MediaFrame>
      );
    case "sticker":
      return (
        <MediaFrame media={message.media} what="The sticker">
          <Sticker id={message.media.id} />
        </MediaFrame>
      );
    case "location":
      return <Location {...message} />;
    case "contacts":
      return <Contacts {...message} />;
    case "interactive":
      return <Interactive {...message} />;
    case "choice":
      return <Choice {...message} />;
    case "template":
      return <Template {...message} />;
    case "unsupported":
      return <Unsupported {...message} />;
  }
}

function Sticker({ id }: { readonly id: string }) {
  const styles = useStyles();
  const { seen, ref } = useSeen();
  const file = useMediaFile(id, seen);
  return (
    <span ref={ref} className={styles.sticker}>
      {file.data !== undefined && <img className={styles.sticker} src={file.data.url} alt="Sticker" />}
    </span>
  );
}
