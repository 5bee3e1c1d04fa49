import { Link, makeStyles, tokens } from "@fluentui/react-components";
import { ErrorCircle16Regular } from "@fluentui/react-icons/svg/error-circle";
import type { Message } from "../../../shared/conversations/model.ts";
import { outbox } from "../composer/outbox.ts";
import { useStore } from "../ui/store.ts";
import { TextLink } from "../ui/TextLink.tsx";
import { useMessageActions } from "./actions.ts";
import { useThread } from "./context.ts";

const useStyles = makeStyles({
  root: {
    maxWidth: "440px",
    marginTop: "1px",
    color: tokens.colorStatusDangerForeground1,
    fontSize: tokens.fontSizeBase200,
    lineHeight: tokens.lineHeightBase200,
    textAlign: "right",
    "& > * + *": { marginLeft: tokens.spacingHorizontalSNudge },
  },
  icon: { verticalAlign: "-3px" },
  link: { fontSize: tokens.fontSizeBase200 },
});

/** Why a message did not arrive, in words, and the one thing that helps. */
export function Failed({ message }: { readonly message: Message }) {
  const styles = useStyles();
  const { mayHandle } = useThread();
  if (message.status !== "failed") return null;
  return (
    <div className={styles.root} data-testid="failed">
      <ErrorCircle16Regular className={styles.icon} />
      <span title={message.error?.code}>{message.error?.message ?? "Not delivered."}</span>
      {mayHandle && <Remedy message={message} />}
    </div>
  );
}

function Remedy({ message }: { readonly message: Message }) {
  const styles = useStyles();
  const { chooseTemplate } = useThread();
  const { retry } = useMessageActions(message);
  switch (message.error?.remedy) {
    case "retry":
      return (
        <Link
          as="button"
          className={styles.link}
          onClick={() => retry.mutate()}
          disabled={retry.isPending}
          data-testid="retry"
        >
          Send again
        </Link>
      );
    case "use-template":
      return (
        <Link as="button" className={styles.link} onClick={chooseTemplate}>
          Use a template
        </Link>
      );
    case "fix-channel":
      return (
        <TextLink to="/settings/whatsapp" className={styles.link}>
          See the number's settings
        </TextLink>
      );
    default:
      return null;
  }
}

/** A send that never reached the server: kept here until it is sent or taken back. */
export function Unsent({ localId }: { readonly localId: string }) {
  const styles = useStyles();
  const { takeBack } = useThread();
  const pending = useStore(outbox.pending).find(({ shown }) => shown.id === localId);
  if (pending?.state !== "failed") return null;
  const { body } = pending;
  const text = "text" in body ? body.text : "caption" in body ? (body.caption ?? "") : "";
  return (
    <div className={styles.root} role="alert" data-testid="unsent">
      <ErrorCircle16Regular className={styles.icon} />
      <span>Not sent: {pending.problem}</span>
      <Link as="button" className={styles.link} onClick={() => outbox.retry(pending.key)} data-testid="retry">
        Send again
      </Link>
      <Link
        as="button"
        className={styles.link}
        onClick={() => {
          outbox.discard(pending.key);
          takeBack(text);
        }}
      >
        {text === "" ? "Discard" : "Edit"}
      </Link>
    </div>
  );
}
