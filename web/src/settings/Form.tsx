import {
  Button,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  makeStyles,
  Subtitle2,
  Text,
  tokens,
} from "@fluentui/react-components";
import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { ConfigurationKind } from "../../../shared/configuration/kinds.ts";
import { keys } from "../api/keys.ts";
import { fieldError, isProblem, wordsOf } from "../api/problem.ts";

const useStyles = makeStyles({
  group: {
    display: "grid",
    gridTemplateColumns: "220px minmax(0, 420px)",
    columnGap: tokens.spacingHorizontalXXXL,
    paddingBlock: tokens.spacingVerticalXL,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    "@media (max-width: 1023px)": { gridTemplateColumns: "minmax(0, 1fr)", rowGap: tokens.spacingVerticalM },
  },
  title: { margin: 0 },
  about: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalXS },
  quiet: { color: tokens.colorNeutralForeground3 },
  fields: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalL },
  actions: {
    position: "sticky",
    bottom: `calc(-1 * ${tokens.spacingVerticalXXL})`,
    display: "flex",
    gap: tokens.spacingHorizontalS,
    paddingBlock: tokens.spacingVerticalL,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  remove: { marginLeft: "auto", color: tokens.colorStatusDangerForeground1 },
  problem: { marginBottom: tokens.spacingVerticalL },
});

interface GroupProps {
  readonly title: string;
  readonly words?: string;
  readonly children: ReactNode;
}

/** Fields that belong together, beside what they are about. */
export function FormGroup({ title, words, children }: GroupProps) {
  const styles = useStyles();
  return (
    <div className={styles.group}>
      <div className={styles.about}>
        <Subtitle2 as="h3" className={styles.title}>
          {title}
        </Subtitle2>
        {words !== undefined && (
          <Text size={200} className={styles.quiet}>
            {words}
          </Text>
        )}
      </div>
      <div className={styles.fields}>{children}</div>
    </div>
  );
}

interface ProblemProps {
  readonly error: unknown;
  /** Where a problem at one of these is shown at the field, this says nothing. */
  readonly fields: readonly string[];
  readonly kind: ConfigurationKind;
  readonly id: string;
}

/** What went wrong with the whole form; when someone else was quicker, how to see what they did. */
export function FormProblem({ error, fields, kind, id }: ProblemProps) {
  const styles = useStyles();
  const client = useQueryClient();
  if (error === null || error === undefined || fields.some((field) => fieldError(error, field) !== undefined))
    return null;
  const stale = isProblem(error, "stale");
  return (
    <MessageBar intent="error" layout="multiline" className={styles.problem} data-testid="form-problem">
      <MessageBarBody>
        {stale
          ? "Somebody else changed this meanwhile. What you typed is still here; load theirs to compare."
          : wordsOf(error)}
      </MessageBarBody>
      {stale && (
        <MessageBarActions>
          <Button onClick={() => void client.refetchQueries({ queryKey: keys.configured(kind, id) })}>
            Take mine on top of theirs
          </Button>
          <Button onClick={() => location.reload()}>Load theirs</Button>
        </MessageBarActions>
      )}
    </MessageBar>
  );
}

interface ActionsProps {
  readonly save: string;
  readonly saving: boolean;
  readonly dirty: boolean;
  readonly onCancel: () => void;
  readonly remove?: { readonly label: string; readonly run: () => void };
}

export function FormActions({ save, saving, dirty, onCancel, remove }: ActionsProps) {
  const styles = useStyles();
  return (
    <div className={styles.actions}>
      <Button type="submit" appearance="primary" disabledFocusable={saving || !dirty} data-testid="save">
        {saving ? "Saving…" : save}
      </Button>
      <Button onClick={onCancel}>Cancel</Button>
      {remove !== undefined && (
        <Button appearance="subtle" className={styles.remove} onClick={remove.run}>
          {remove.label}
        </Button>
      )}
    </div>
  );
}
