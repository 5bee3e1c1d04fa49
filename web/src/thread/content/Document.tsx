import { makeStyles, Spinner, Text, tokens } from "@fluentui/react-components";
import { ArrowDownload20Regular } from "@fluentui/react-icons/svg/arrow-download";
import { Document24Regular } from "@fluentui/react-icons/svg/document";
import { DocumentPdf24Regular } from "@fluentui/react-icons/svg/document-pdf";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { MessageMedia } from "../../../../shared/conversations/content.ts";
import { wordsOf } from "../../api/problem.ts";
import { mediaQuery, saveFile } from "../../media/media.ts";
import { sizeWords } from "../../ui/times.ts";

const useStyles = makeStyles({
  card: {
    display: "grid",
    gridTemplateColumns: "auto minmax(0, 1fr) auto",
    alignItems: "center",
    gap: tokens.spacingHorizontalS,
    width: "300px",
    maxWidth: "100%",
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalS}`,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusLarge,
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
    textAlign: "left",
    cursor: "pointer",
    ":hover": { backgroundColor: tokens.colorNeutralBackground1Hover },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  name: { display: "block", overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  quiet: { color: tokens.colorNeutralForeground3 },
  failed: { color: tokens.colorStatusDangerForeground1 },
});

/** A document by name, kind and size; a click saves it. */
export function Document({ media }: { readonly media: MessageMedia }) {
  const styles = useStyles();
  const client = useQueryClient();
  const name = media.fileName ?? "Document";
  const save = useMutation({
    mutationFn: () => client.fetchQuery(mediaQuery(media.id)),
    onSuccess: ({ url }) => saveFile(url, name),
  });
  const facts = [kindOf(media), media.size === undefined ? undefined : sizeWords(media.size)]
    .filter(Boolean)
    .join(" · ");
  return (
    <button type="button" className={styles.card} onClick={() => save.mutate()} aria-label={`Save ${name}`}>
      {media.mimeType === "application/pdf" ? <DocumentPdf24Regular /> : <Document24Regular />}
      <span>
        <Text className={styles.name} weight="semibold" title={name}>
          {name}
        </Text>
        <Text size={200} className={save.isError ? styles.failed : styles.quiet}>
          {save.isError ? wordsOf(save.error) : facts}
        </Text>
      </span>
      {save.isPending ? <Spinner size="extra-tiny" /> : <ArrowDownload20Regular className={styles.quiet} />}
    </button>
  );
}

function kindOf({ fileName, mimeType }: MessageMedia): string {
  const extension = fileName?.includes(".") ? fileName.split(".").at(-1) : undefined;
  return (extension ?? mimeType.split("/").at(-1) ?? "file").toUpperCase().slice(0, 8);
}
