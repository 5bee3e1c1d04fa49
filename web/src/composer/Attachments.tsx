import { Button, makeStyles, ProgressBar, Text, tokens } from "@fluentui/react-components";
import { ArrowClockwise16Regular } from "@fluentui/react-icons/svg/arrow-clockwise";
import { Dismiss16Regular } from "@fluentui/react-icons/svg/dismiss";
import { Document24Regular } from "@fluentui/react-icons/svg/document";
import { sizeWords } from "../ui/times.ts";
import { removeUpload, retryUpload, type Upload } from "./uploads.ts";

const useStyles = makeStyles({
  list: {
    display: "flex",
    flexWrap: "wrap",
    gap: tokens.spacingHorizontalS,
    margin: 0,
    padding: "8px 8px 0",
    listStyleType: "none",
  },
  item: {
    display: "grid",
    gridTemplateColumns: "40px minmax(0, 1fr) auto",
    alignItems: "center",
    columnGap: tokens.spacingHorizontalS,
    width: "232px",
    padding: "4px",
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground2,
  },
  face: {
    width: "40px",
    height: "40px",
    objectFit: "cover",
    borderRadius: tokens.borderRadiusMedium,
    display: "grid",
    placeItems: "center",
    color: tokens.colorNeutralForeground3,
  },
  words: { minWidth: 0, display: "flex", flexDirection: "column", gap: "2px" },
  line: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  quiet: { color: tokens.colorNeutralForeground3 },
  failed: { color: tokens.colorStatusDangerForeground1 },
});

/** What goes with the next message: how far it is, and a way to leave it out. */
export function Attachments({ files }: { readonly files: readonly Upload[] }) {
  const styles = useStyles();
  if (files.length === 0) return null;
  return (
    <ul className={styles.list} aria-label="Files to send">
      {files.map(({ key, file, preview, state }) => (
        <li key={key} className={styles.item} data-testid="attachment" data-state={state.kind}>
          {preview === undefined ? (
            <span className={styles.face}>
              <Document24Regular />
            </span>
          ) : (
            <img className={styles.face} src={preview} alt="" />
          )}
          <span className={styles.words}>
            <Text size={200} className={styles.line} title={file.name}>
              {file.name}
            </Text>
            {state.kind === "uploading" && (
              <ProgressBar value={state.share} thickness="medium" aria-label={`Uploading ${file.name}`} />
            )}
            {state.kind === "ready" && (
              <Text size={100} className={styles.quiet}>
                {sizeWords(file.size)}
              </Text>
            )}
            {state.kind === "failed" && (
              <Text size={100} className={`${styles.failed} ${styles.line}`} role="alert" title={state.problem}>
                {state.problem}
              </Text>
            )}
          </span>
          <span>
            {state.kind === "failed" && (
              <Button
                appearance="subtle"
                size="small"
                icon={<ArrowClockwise16Regular />}
                aria-label={`Upload ${file.name} again`}
                onClick={() => retryUpload(key)}
              />
            )}
            <Button
              appearance="subtle"
              size="small"
              icon={<Dismiss16Regular />}
              aria-label={`Leave ${file.name} out`}
              onClick={() => removeUpload(key)}
            />
          </span>
        </li>
      ))}
    </ul>
  );
}
