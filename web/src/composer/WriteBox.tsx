import { Button, makeStyles, mergeClasses, Text, ToggleButton, tokens } from "@fluentui/react-components";
import { Attach20Regular } from "@fluentui/react-icons/svg/attach";
import { MailTemplate20Regular } from "@fluentui/react-icons/svg/mail-template";
import { Note20Filled, Note20Regular } from "@fluentui/react-icons/svg/note";
import { Send20Filled } from "@fluentui/react-icons/svg/send";
import { type ClipboardEvent, type KeyboardEvent, useEffect, useLayoutEffect, useRef } from "react";
import type { Conversation, Message } from "../../../shared/conversations/model.ts";
import { contactName } from "../contacts/names.ts";
import { useMyId } from "../session/me.ts";
import { isShortcut } from "../ui/keyboard.ts";
import { useStore } from "../ui/store.ts";
import { Attachments } from "./Attachments.tsx";
import { compose, composeNote, MAX_TEXT } from "./compose.ts";
import { draftOf } from "./drafts.ts";
import { EmojiButton } from "./EmojiButton.tsx";
import { outbox } from "./outbox.ts";
import { ReplyBar } from "./ReplyBar.tsx";
import { addFiles, removeUpload, uploads } from "./uploads.ts";

const useStyles = makeStyles({
  box: {
    display: "flex",
    flexDirection: "column",
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusXLarge,
    backgroundColor: tokens.colorNeutralBackground1,
    ":focus-within": { border: `1px solid ${tokens.colorCompoundBrandStroke}` },
  },
  note: {
    backgroundColor: tokens.colorPaletteMarigoldBackground1,
    border: `1px solid ${tokens.colorPaletteMarigoldBorder2}`,
    ":focus-within": { border: `1px solid ${tokens.colorPaletteMarigoldBorder2}` },
  },
  input: {
    width: "100%",
    maxHeight: "33vh",
    minHeight: "40px",
    resize: "none",
    border: "none",
    outlineStyle: "none",
    padding: "10px 12px 4px",
    backgroundColor: "transparent",
    color: tokens.colorNeutralForeground1,
    fontSize: tokens.fontSizeBase300,
    lineHeight: tokens.lineHeightBase300,
    "::placeholder": { color: tokens.colorNeutralForeground3 },
  },
  tools: { display: "flex", alignItems: "center", gap: "2px", padding: "2px 6px 6px" },
  end: { marginLeft: "auto", display: "flex", alignItems: "center", gap: tokens.spacingHorizontalS },
  count: { color: tokens.colorNeutralForeground3, fontVariantNumeric: "tabular-nums" },
  over: { color: tokens.colorStatusDangerForeground1 },
  noteOn: {
    color: tokens.colorPaletteMarigoldForeground2,
    "& .fui-Button__icon, &:hover .fui-Button__icon": { color: tokens.colorPaletteMarigoldForeground2 },
  },
  file: { display: "none" },
});

interface Props {
  readonly conversation: Conversation;
  /** Otherwise the box takes notes only. */
  readonly windowOpen: boolean;
  readonly replyTo: Message | undefined;
  readonly onReplyTo: (message: Message | undefined) => void;
  readonly onChooseTemplate: () => void;
}

/** Enter sends, Shift and Enter break the line; a note is amber, so that it is never taken for an answer. */
export function WriteBox({ conversation, windowOpen, replyTo, onReplyTo, onChooseTemplate }: Props) {
  const styles = useStyles();
  const me = useMyId();
  const { id } = conversation;
  const draftStore = draftOf(id);
  const { text, note } = useStore(draftStore);
  const files = useStore(uploads).filter(({ conversationId }) => conversationId === id);
  const input = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const setText = (value: string) => draftStore.update((draft) => ({ ...draft, text: value }));

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    const element = input.current;
    if (element === null) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  useEffect(() => {
    function onKeyDown(event: globalThis.KeyboardEvent) {
      const toNote = isShortcut(event, "n");
      if (!toNote && !isShortcut(event, "r")) return;
      event.preventDefault();
      if (toNote || windowOpen) draftStore.update((draft) => ({ ...draft, note: toNote }));
      input.current?.focus();
    }
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [draftStore, windowOpen]);
  useEffect(() => {
    if (replyTo !== undefined || note) input.current?.focus();
  }, [replyTo, note]);

  const ready = files.flatMap(({ state }) => (state.kind === "ready" ? [state.media] : []));
  const tooLong = text.length > MAX_TEXT;
  const waiting = !note && ready.length < files.length;
  const maySend = !tooLong && !waiting && (text.trim() !== "" || (!note && ready.length > 0));

  function submit() {
    if (!maySend) return;
    const composed = note ? [composeNote(text)] : compose(text, ready, replyTo?.id);
    for (const { body, content } of composed) outbox.add(id, body, content, me);
    setText("");
    if (note) return;
    for (const { key } of files) removeUpload(key);
    onReplyTo(undefined);
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (event.key === "Escape") {
      if (replyTo !== undefined) return onReplyTo(undefined);
      return event.currentTarget.blur();
    }
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  }

  function onPaste(event: ClipboardEvent) {
    if (note || event.clipboardData.files.length === 0) return;
    event.preventDefault();
    addFiles(id, event.clipboardData.files);
  }

  function insert(words: string) {
    const { selectionStart = text.length, selectionEnd = text.length } = input.current ?? {};
    setText(text.slice(0, selectionStart) + words + text.slice(selectionEnd));
    input.current?.focus();
  }

  const label = note ? "Note for colleagues" : `Message to ${contactName(conversation.contact)}`;
  return (
    <div className={mergeClasses(styles.box, note && styles.note)} data-testid="composer" data-note={note}>
      {replyTo !== undefined && !note && (
        <ReplyBar conversation={conversation} message={replyTo} onClose={() => onReplyTo(undefined)} />
      )}
      {!note && <Attachments files={files} />}
      <textarea
        ref={input}
        className={styles.input}
        rows={1}
        value={text}
        aria-label={label}
        placeholder={note ? "Write a note. Only colleagues see it." : "Write a message"}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
        data-testid="composer-input"
      />
      <div className={styles.tools}>
        <EmojiButton onChoose={insert} />
        {!note && (
          <>
            <Button
              appearance="subtle"
              icon={<Attach20Regular />}
              aria-label="Attach files"
              title="Attach files"
              onClick={() => picker.current?.click()}
            />
            {conversation.channel === "whatsapp" && (
              <Button
                appearance="subtle"
                icon={<MailTemplate20Regular />}
                aria-label="Send a template"
                title="Send a template"
                onClick={onChooseTemplate}
              />
            )}
          </>
        )}
        <ToggleButton
          appearance="subtle"
          className={note ? styles.noteOn : undefined}
          icon={note ? <Note20Filled /> : <Note20Regular />}
          checked={note}
          onClick={() => draftStore.update((draft) => ({ ...draft, note: !note }))}
          title="Note for colleagues (N)"
          data-testid="note-switch"
        >
          Note
        </ToggleButton>
        <div className={styles.end}>
          {text.length > MAX_TEXT - 300 && (
            <Text size={200} className={mergeClasses(styles.count, tooLong && styles.over)}>
              {tooLong ? `${text.length - MAX_TEXT} characters too many` : `${MAX_TEXT - text.length} left`}
            </Text>
          )}
          <Button
            appearance="primary"
            icon={<Send20Filled />}
            disabledFocusable={!maySend}
            onClick={submit}
            aria-label={note ? "Keep the note" : "Send"}
            title={waiting ? "Files are still on their way" : note ? "Keep the note (Enter)" : "Send (Enter)"}
            data-testid="send"
          />
        </div>
      </div>
      <input
        ref={picker}
        className={styles.file}
        type="file"
        multiple
        tabIndex={-1}
        aria-hidden="true"
        data-testid="file-input"
        onChange={({ target }) => {
          addFiles(id, target.files ?? []);
          target.value = "";
        }}
      />
    </div>
  );
}
