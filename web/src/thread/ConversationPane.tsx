import { makeStyles, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import type { Conversation, Message } from "../../../shared/conversations/model.ts";
import { keys } from "../api/keys.ts";
import { isProblem, wordsOf } from "../api/problem.ts";
import { queryClient } from "../app/queryClient.ts";
import { useTitle } from "../app/title.ts";
import { Composer } from "../composer/Composer.tsx";
import { appendToDraft } from "../composer/drafts.ts";
import { addFiles } from "../composer/uploads.ts";
import { useFileDrop } from "../composer/useFileDrop.ts";
import { replyWindow } from "../composer/window.ts";
import { contactName } from "../contacts/names.ts";
import { conversationQuery } from "../inbox/conversations.ts";
import type { Pages } from "../realtime/merge.ts";
import { useMay } from "../session/me.ts";
import { Empty } from "../ui/Empty.tsx";
import { Failure } from "../ui/Failure.tsx";
import { useNow } from "../ui/now.ts";
import { Header } from "./Header.tsx";
import { Thread } from "./Thread.tsx";
import { ThreadSkeleton } from "./ThreadSkeleton.tsx";

const useStyles = makeStyles({
  root: { position: "relative", display: "flex", flexDirection: "column", height: "100%", minWidth: 0 },
  drop: {
    position: "absolute",
    inset: tokens.spacingHorizontalS,
    zIndex: 4,
    display: "grid",
    placeItems: "center",
    pointerEvents: "none",
    borderRadius: tokens.borderRadiusXLarge,
    border: `2px dashed ${tokens.colorCompoundBrandStroke}`,
    backgroundColor: tokens.colorBrandBackground2,
    color: tokens.colorBrandForeground1,
    fontSize: tokens.fontSizeBase400,
    fontWeight: tokens.fontWeightSemibold,
    opacity: 0.94,
  },
});

interface Props {
  readonly conversationId: string;
  readonly narrow: boolean;
  readonly contactOpen: boolean;
  readonly onToggleContact: () => void;
}

/** One conversation: who, what was said, and where one answers. */
export function ConversationPane({ conversationId, ...header }: Props) {
  const styles = useStyles();
  const query = useQuery({
    ...conversationQuery(conversationId),
    // What the list knows opens at once, and freshens.
    placeholderData: () => listed(conversationId),
  });
  const { data: conversation } = query;
  useTitle(conversation === undefined ? undefined : contactName(conversation.contact), "Inbox");
  if (conversation !== undefined) return <Loaded conversation={conversation} {...header} />;
  if (isProblem(query.error, "not-found")) {
    return (
      <Empty title="This conversation does not exist" link={{ to: "/inbox", label: "Back to the inbox" }}>
        It may have been erased, or the address is not complete.
      </Empty>
    );
  }
  if (query.isError) {
    return (
      <Failure
        title="The conversation could not be loaded"
        words={wordsOf(query.error)}
        onRetry={() => void query.refetch()}
      />
    );
  }
  return (
    <div className={styles.root}>
      <ThreadSkeleton />
    </div>
  );
}

function Loaded({ conversation, ...header }: Omit<Props, "conversationId"> & { readonly conversation: Conversation }) {
  const styles = useStyles();
  const may = useMay();
  const mayHandle = may("conversations.handle");
  const [replyTo, setReplyTo] = useState<Message>();
  const [choosing, setChoosing] = useState(false);
  const { id } = conversation;
  const chooseTemplate = useCallback(() => setChoosing(true), []);
  const takeBack = useCallback((text: string) => appendToDraft(id, text), [id]);
  const windowOpen = replyWindow(conversation, useNow()).kind !== "closed";
  const drop = useFileDrop(mayHandle && conversation.status !== "closed" && windowOpen, (files) => addFiles(id, files));
  return (
    <section
      className={styles.root}
      aria-label={`Conversation with ${contactName(conversation.contact)}`}
      {...drop.handlers}
    >
      <Header conversation={conversation} mayHandle={mayHandle} {...header} />
      <Thread
        conversation={conversation}
        mayHandle={mayHandle}
        reply={setReplyTo}
        chooseTemplate={chooseTemplate}
        takeBack={takeBack}
      />
      {mayHandle && (
        <Composer
          conversation={conversation}
          replyTo={replyTo}
          onReplyTo={setReplyTo}
          choosingTemplate={choosing}
          onChoosingTemplate={setChoosing}
        />
      )}
      {drop.over && <div className={styles.drop}>Drop files to send them</div>}
    </section>
  );
}

function listed(id: string): Conversation | undefined {
  const lists = queryClient.getQueriesData<Pages<Conversation>>({ queryKey: keys.conversationLists });
  return lists
    .flatMap(([, pages]) => pages?.pages ?? [])
    .flatMap(({ items }) => items)
    .find((one) => one.id === id);
}
