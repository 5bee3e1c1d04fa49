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
import type { ReactNode } from "react";
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
}

/** What went wrong with the whole form. */
export function FormProblem({ error, fields }: ProblemProps) {
  const styles = useStyles();
  const atField = fields.some((field) => fieldError(error, field) !== undefined);
  // Of a newer version `ChangedMeanwhile` tells, with the way on.
  if (error === null || error === undefined || atField || isProblem(error, "stale")) return null;
  return (
    <MessageBar intent="error" layout="multiline" className={styles.problem} data-testid="form-problem">
      <MessageBarBody>{wordsOf(error)}</MessageBarBody>
    </MessageBar>
  );
}

interface ChangedProps {
  readonly onTheirs: () => void;
  readonly onMine: () => void;
}

/** Somebody else was quicker: nothing is overwritten unless the person says so. */
export function ChangedMeanwhile({ onTheirs, onMine }: ChangedProps) {
  const styles = useStyles();
  return (
    <MessageBar intent="warning" layout="multiline" className={styles.problem} data-testid="changed-meanwhile">
      <MessageBarBody>Somebody else changed this meanwhile. What you typed is still here.</MessageBarBody>
      <MessageBarActions>
        <Button onClick={onMine}>Keep mine</Button>
        <Button onClick={onTheirs}>Load theirs</Button>
      </MessageBarActions>
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
