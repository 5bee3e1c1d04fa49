import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { ArrowUndo20Regular } from "@fluentui/react-icons/svg/arrow-undo";
import type { Conversation, Message } from "../../../shared/conversations/model.ts";
import { useReopen } from "../thread/actions.ts";
import { useNow } from "../ui/now.ts";
import { useStore } from "../ui/store.ts";
import { TextLink } from "../ui/TextLink.tsx";
import { lengthWords } from "../ui/times.ts";
import { draftOf } from "./drafts.ts";
import { TemplatePicker } from "./TemplatePicker.tsx";
import { WindowClosed } from "./WindowClosed.tsx";
import { WriteBox } from "./WriteBox.tsx";
import { replyWindow } from "./window.ts";

const useStyles = makeStyles({
  foot: {
    flexShrink: 0,
    width: "100%",
    maxWidth: "920px",
    marginInline: "auto",
    padding: `0 ${tokens.spacingHorizontalL} ${tokens.spacingVerticalM}`,
  },
  closed: {
    display: "flex",
    alignItems: "center",
    justifyContent: "space-between",
    gap: tokens.spacingHorizontalM,
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusXLarge,
    backgroundColor: tokens.colorNeutralBackground2,
    color: tokens.colorNeutralForeground2,
  },
  soon: { marginBottom: tokens.spacingVerticalXS, color: tokens.colorStatusWarningForeground1 },
});

interface Props {
  readonly conversation: Conversation;
  readonly replyTo: Message | undefined;
  readonly onReplyTo: (message: Message | undefined) => void;
  readonly choosingTemplate: boolean;
  readonly onChoosingTemplate: (choosing: boolean) => void;
}

/** Where one answers: a box to write in; a bar where only a template may be sent; a way back where all is closed. */
export function Composer({ conversation, replyTo, onReplyTo, choosingTemplate, onChoosingTemplate }: Props) {
  const styles = useStyles();
  const now = useNow();
  const draft = useStore(draftOf(conversation.id));
  const window = replyWindow(conversation, now);
  const choose = () => onChoosingTemplate(true);
  if (conversation.status === "closed") return <Closed conversation={conversation} />;
  return (
    <div className={styles.foot}>
      {window.kind === "open" && window.soon && !draft.note && (
        <Text size={200} className={styles.soon} block>
          You can answer freely for {lengthWords(window.remaining)}. After that, only templates can be sent.
        </Text>
      )}
      {window.kind === "closed" && !draft.note ? (
        <WindowClosed conversationId={conversation.id} since={window.since} onChoose={choose} />
      ) : (
        <WriteBox
          conversation={conversation}
          windowOpen={window.kind !== "closed"}
          replyTo={replyTo}
          onReplyTo={onReplyTo}
          onChooseTemplate={choose}
        />
      )}
      {choosingTemplate && <TemplatePicker conversation={conversation} onClose={() => onChoosingTemplate(false)} />}
    </div>
  );
}

function Closed({ conversation }: { readonly conversation: Conversation }) {
  const styles = useStyles();
  const reopen = useReopen(conversation);
  const { nextId } = conversation;
  return (
    <div className={styles.foot}>
      <div className={styles.closed}>
        {nextId === null ? (
          <>
            <Text>This conversation is closed. If the customer writes again, it continues.</Text>
            <Button icon={<ArrowUndo20Regular />} onClick={() => reopen.mutate()} data-testid="reopen">
              Reopen
            </Button>
          </>
        ) : (
          <>
            <Text>This conversation is closed, and a newer one followed it.</Text>
            <TextLink to="/inbox/$conversationId" params={{ conversationId: nextId }}>
              Go to the newer one
            </TextLink>
          </>
        )}
      </div>
    </div>
  );
}
