import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { Clock12Regular } from "@fluentui/react-icons/svg/clock";
import { ErrorCircle12Filled } from "@fluentui/react-icons/svg/error-circle";
import type { Message, MessageStatus } from "../../../shared/conversations/model.ts";
import { fullTime } from "../ui/times.ts";

const useStyles = makeStyles({
  ticks: { display: "inline-flex", alignItems: "center", flexShrink: 0 },
  read: { color: tokens.colorBrandForeground1 },
  failed: { color: tokens.colorStatusDangerForeground1 },
});

const WORDS: Readonly<Record<MessageStatus, string>> = {
  queued: "Waiting to be sent",
  sent: "Sent",
  delivered: "Delivered",
  read: "Read",
  failed: "Not delivered",
};

/** A clock, one tick, two, two in colour: as on the phone. */
export function Ticks({ message }: { readonly message: Message }) {
  const styles = useStyles();
  const { status, statusAt } = message;
  if (status === null || message.direction !== "outbound") return null;
  const at = statusAt[status];
  const label = at === undefined ? WORDS[status] : `${WORDS[status]}, ${fullTime(new Date(at))}`;
  return (
    <span
      role="img"
      aria-label={label}
      title={label}
      className={mergeClasses(styles.ticks, status === "read" && styles.read, status === "failed" && styles.failed)}
    >
      {status === "queued" && <Clock12Regular />}
      {status === "failed" && <ErrorCircle12Filled />}
      {(status === "sent" || status === "delivered" || status === "read") && <Marks double={status !== "sent"} />}
    </span>
  );
}

function Marks({ double }: { readonly double: boolean }) {
  return (
    <svg
      width="17"
      height="11"
      viewBox="0 0 17 11"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      aria-hidden="true"
    >
      <path d="M1 5.8 4.2 9.2 10.6 1.8" strokeLinecap="round" strokeLinejoin="round" />
      {double && <path d="M7 7.5 8.6 9.2 15.2 1.8" strokeLinecap="round" strokeLinejoin="round" />}
    </svg>
  );
}
