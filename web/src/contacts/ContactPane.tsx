import { Avatar, Button, makeStyles, tokens } from "@fluentui/react-components";
import { Dismiss20Regular } from "@fluentui/react-icons/svg/dismiss";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useRef } from "react";
import type { Conversation } from "../../../shared/conversations/model.ts";
import { conversationQuery } from "../inbox/conversations.ts";
import { useMay } from "../session/me.ts";
import { channelsQuery } from "../settings/channels.ts";
import { CHANNEL_WORDS } from "../ui/ChannelIcon.tsx";
import { Day } from "../ui/Day.tsx";
import { TextLink } from "../ui/TextLink.tsx";
import { ContactName } from "./ContactName.tsx";
import { contactQuery } from "./contact.ts";
import { Facts } from "./Facts.tsx";
import { IDENTITY_KINDS, identityWords } from "./names.ts";

const useStyles = makeStyles({
  pane: {
    position: "relative",
    height: "100%",
    overflowY: "auto",
    padding: `${tokens.spacingVerticalXXL} ${tokens.spacingHorizontalL}`,
    outlineStyle: "none",
  },
  close: { position: "absolute", top: tokens.spacingVerticalS, right: tokens.spacingHorizontalS },
  who: {
    display: "flex",
    flexDirection: "column",
    alignItems: "center",
    gap: tokens.spacingVerticalMNudge,
    paddingBottom: tokens.spacingVerticalL,
    marginBottom: tokens.spacingVerticalL,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    textAlign: "center",
  },
});

interface Props {
  readonly conversationId: string;
  /** Where the pane lies over the thread. */
  readonly onClose?: () => void;
}

/** Who one is talking to. */
export function ContactPane({ conversationId, onClose }: Props) {
  const { data: conversation } = useQuery(conversationQuery(conversationId));
  if (conversation === undefined) return null;
  return <Shown conversation={conversation} {...(onClose !== undefined && { onClose })} />;
}

function Shown({ conversation, onClose }: { readonly conversation: Conversation; readonly onClose?: () => void }) {
  const styles = useStyles();
  const may = useMay();
  const pane = useRef<HTMLElement>(null);
  const over = onClose !== undefined;
  const { contact, channel, channelId, openedAt, previousId } = conversation;
  const full = useQuery({ ...contactQuery(contact.id), enabled: may("contacts.read") });
  const channels = useQuery({ ...channelsQuery, enabled: may("configuration.read") });
  const number = channels.data?.items.find(({ id }) => id === channelId);
  useEffect(() => {
    if (over) pane.current?.focus();
  }, [over]);
  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Escape") onClose?.();
  }
  const since = full.data?.value.createdAt;
  const facts = [
    ...contact.identities.map((identity) => ({
      key: `${identity.kind}:${identity.value}`,
      term: IDENTITY_KINDS[identity.kind],
      detail: identityWords(identity),
    })),
    {
      key: "channel",
      term: "Writes to",
      detail: number === undefined ? CHANNEL_WORDS[channel] : `${number.name} · ${number.displayPhoneNumber}`,
    },
    ...(since === undefined ? [] : [{ key: "since", term: "Known since", detail: <Day at={since} /> }]),
    { key: "opened", term: "This conversation began", detail: <Day at={openedAt} /> },
    ...(previousId === null
      ? []
      : [
          {
            key: "previous",
            term: "Before this",
            detail: (
              <TextLink to="/inbox/$conversationId" params={{ conversationId: previousId }} search={{ view: "closed" }}>
                The previous conversation
              </TextLink>
            ),
          },
        ]),
  ];
  return (
    <aside
      ref={pane}
      className={styles.pane}
      aria-label="Contact"
      tabIndex={-1}
      onKeyDown={onKeyDown}
      data-testid="contact-pane"
    >
      {over && (
        <Button
          className={styles.close}
          appearance="subtle"
          icon={<Dismiss20Regular />}
          aria-label="Close"
          onClick={onClose}
        />
      )}
      <div className={styles.who}>
        <Avatar name={contact.name} size={64} color="neutral" aria-hidden="true" />
        <ContactName key={contact.id} contact={contact} />
      </div>
      <Facts facts={facts} />
    </aside>
  );
}
