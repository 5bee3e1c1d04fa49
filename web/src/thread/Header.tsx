import {
  Avatar,
  Badge,
  Button,
  Menu,
  MenuDivider,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  Text,
  Tooltip,
  tokens,
} from "@fluentui/react-components";
import { ArrowLeft20Regular } from "@fluentui/react-icons/svg/arrow-left";
import { ArrowUndo20Regular } from "@fluentui/react-icons/svg/arrow-undo";
import { Checkmark20Regular } from "@fluentui/react-icons/svg/checkmark";
import { Clock20Regular } from "@fluentui/react-icons/svg/clock";
import { PanelRight20Filled, PanelRight20Regular } from "@fluentui/react-icons/svg/panel-right";
import { Person20Regular } from "@fluentui/react-icons/svg/person";
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import type { Conversation } from "../../../shared/conversations/model.ts";
import { addressOf, contactName } from "../contacts/names.ts";
import { useMyId } from "../session/me.ts";
import { usePeople, usePersonName } from "../session/people.ts";
import { CHANNEL_WORDS } from "../ui/ChannelIcon.tsx";
import { isShortcut } from "../ui/keyboard.ts";
import { snoozeChoices, whenWords } from "../ui/times.ts";
import { useAssign, useClose, useReopen, useSnooze } from "./actions.ts";

const useStyles = makeStyles({
  bar: {
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalS,
    height: "52px",
    flexShrink: 0,
    paddingInline: tokens.spacingHorizontalM,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  who: { display: "flex", flexDirection: "column", minWidth: 0, flexGrow: 1, marginLeft: tokens.spacingHorizontalXXS },
  name: { margin: 0, display: "flex", alignItems: "center", gap: tokens.spacingHorizontalS, minWidth: 0 },
  ellipsis: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  quiet: { color: tokens.colorNeutralForeground3 },
  assign: { maxWidth: "170px", fontWeight: tokens.fontWeightRegular, minWidth: "auto", flexShrink: 0 },
  tool: { flexShrink: 0 },
});

interface Props {
  readonly conversation: Conversation;
  readonly mayHandle: boolean;
  readonly narrow: boolean;
  readonly contactOpen: boolean;
  readonly onToggleContact: () => void;
}

/** Who it is, whose it is, and what becomes of it. */
export function Header({ conversation, mayHandle, narrow, contactOpen, onToggleContact }: Props) {
  const styles = useStyles();
  const navigate = useNavigate();
  const close = useClose(conversation);
  const reopen = useReopen(conversation);
  const snooze = useSnooze(conversation);
  const { contact, status } = conversation;
  const open = status !== "closed";
  const address = addressOf(contact);

  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (mayHandle && open && isShortcut(event, "e")) close.mutate();
    }
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [mayHandle, open, close]);

  return (
    <header className={styles.bar}>
      {narrow && (
        <Button
          appearance="subtle"
          icon={<ArrowLeft20Regular />}
          aria-label="Back to the list"
          data-testid="back"
          onClick={() => void navigate({ to: "/inbox", search: (before) => before })}
        />
      )}
      <Avatar name={contact.name} size={32} color="neutral" aria-hidden="true" />
      <div className={styles.who}>
        <h2 className={styles.name}>
          <Text weight="semibold" className={styles.ellipsis} data-testid="conversation-name">
            {contactName(contact)}
          </Text>
          {status === "snoozed" && (
            <Badge appearance="tint" color="warning" className={styles.tool}>
              {conversation.snoozedUntil === null
                ? "Snoozed"
                : `Snoozed until ${whenWords(new Date(conversation.snoozedUntil))}`}
            </Badge>
          )}
          {status === "closed" && (
            <Badge appearance="tint" color="informative">
              Closed
            </Badge>
          )}
        </h2>
        <Text size={200} className={`${styles.quiet} ${styles.ellipsis}`}>
          {CHANNEL_WORDS[conversation.channel]}
          {address !== undefined && contact.name !== "" && ` · ${address}`}
        </Text>
      </div>
      {mayHandle && <Assign conversation={conversation} iconOnly={narrow} />}
      {mayHandle && open && (
        <Menu>
          <MenuTrigger disableButtonEnhancement>
            <Button
              className={styles.tool}
              appearance="subtle"
              icon={<Clock20Regular />}
              aria-label="Snooze"
              title="Snooze"
            />
          </MenuTrigger>
          <MenuPopover>
            <MenuList>
              {snoozeChoices(new Date()).map(({ label, until }) => (
                <MenuItem key={label} onClick={() => snooze.mutate(until)}>
                  {label}
                </MenuItem>
              ))}
            </MenuList>
          </MenuPopover>
        </Menu>
      )}
      {mayHandle &&
        (status === "open" ? (
          <Tooltip content="Close (E)" relationship="description">
            <Button
              className={styles.tool}
              icon={<Checkmark20Regular />}
              onClick={() => close.mutate()}
              data-testid="close-conversation"
              aria-label="Close the conversation"
            >
              {narrow ? undefined : "Close"}
            </Button>
          </Tooltip>
        ) : (
          conversation.nextId === null && (
            <Button
              className={styles.tool}
              icon={<ArrowUndo20Regular />}
              onClick={() => reopen.mutate()}
              aria-label="Reopen the conversation"
              data-testid="reopen-conversation"
            >
              {narrow ? undefined : "Reopen"}
            </Button>
          )
        ))}
      <Button
        className={styles.tool}
        appearance="subtle"
        icon={contactOpen ? <PanelRight20Filled /> : <PanelRight20Regular />}
        aria-label="Contact"
        aria-pressed={contactOpen}
        title={contactOpen ? "Hide the contact" : "Show the contact"}
        onClick={onToggleContact}
        data-testid="toggle-contact"
      />
    </header>
  );
}

function Assign({ conversation, iconOnly }: { readonly conversation: Conversation; readonly iconOnly: boolean }) {
  const styles = useStyles();
  const me = useMyId();
  const people = usePeople();
  const others = people.filter(({ id, active }) => active && id !== me);
  const nameOf = usePersonName();
  const assign = useAssign(conversation);
  const { assignee } = conversation;
  const words = assignee === null ? "Assign" : nameOf(assignee);
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button
          className={styles.assign}
          appearance="subtle"
          icon={
            assignee === null ? (
              <Person20Regular />
            ) : (
              <Avatar name={people.find(({ id }) => id === assignee)?.name ?? words} size={20} color="brand" />
            )
          }
          aria-label={assignee === null ? "Assign" : `Assigned to ${words}`}
          data-testid="assign"
        >
          {iconOnly ? undefined : <span className={styles.ellipsis}>{words}</span>}
        </Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {assignee !== me && (
            <MenuItem onClick={() => assign.mutate(me)} data-testid="assign-me">
              Me
            </MenuItem>
          )}
          {assignee !== null && <MenuItem onClick={() => assign.mutate(null)}>Nobody</MenuItem>}
          {others.length > 0 && <MenuDivider />}
          {others.map(({ id, name }) => (
            <MenuItem
              key={id}
              icon={<Avatar name={name} size={20} color="neutral" />}
              onClick={() => assign.mutate(id)}
            >
              {name}
            </MenuItem>
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
