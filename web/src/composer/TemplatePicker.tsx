import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Input,
  makeStyles,
  mergeClasses,
  Skeleton,
  SkeletonItem,
  Text,
  tokens,
} from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ChannelTemplate } from "../../../shared/channels/channel.ts";
import type { Conversation } from "../../../shared/conversations/model.ts";
import { wordsOf } from "../api/problem.ts";
import { useMyId } from "../session/me.ts";
import { Empty } from "../ui/Empty.tsx";
import { Failure } from "../ui/Failure.tsx";
import { FormField } from "../ui/FormField.tsx";
import { outbox } from "./outbox.ts";
import { filledTemplate, templateParts, templatesQuery } from "./templates.ts";

const useStyles = makeStyles({
  surface: { width: "min(760px, 94vw)", maxWidth: "94vw" },
  columns: {
    display: "grid",
    gridTemplateColumns: "240px minmax(0, 1fr)",
    gap: tokens.spacingHorizontalL,
    height: "min(420px, 60vh)",
    "@media (max-width: 639px)": { gridTemplateColumns: "minmax(0, 1fr)", height: "auto" },
  },
  list: {
    overflowY: "auto",
    display: "flex",
    flexDirection: "column",
    gap: "2px",
    paddingRight: "2px",
    maxHeight: "60vh",
  },
  entry: {
    display: "flex",
    flexDirection: "column",
    alignItems: "start",
    padding: `${tokens.spacingVerticalSNudge} ${tokens.spacingHorizontalS}`,
    border: "none",
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: "transparent",
    color: tokens.colorNeutralForeground1,
    textAlign: "left",
    cursor: "pointer",
    ":hover": { backgroundColor: tokens.colorSubtleBackgroundHover },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "-2px" },
  },
  chosen: { backgroundColor: tokens.colorSubtleBackgroundSelected },
  quiet: { color: tokens.colorNeutralForeground3 },
  ellipsis: { maxWidth: "100%", overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  fill: {
    display: "flex",
    flexDirection: "column",
    gap: tokens.spacingVerticalM,
    overflowY: "auto",
    paddingRight: "4px",
  },
  preview: {
    display: "flex",
    flexDirection: "column",
    gap: tokens.spacingVerticalXS,
    padding: "8px 12px",
    borderRadius: "12px",
    borderTopRightRadius: "4px",
    backgroundColor: tokens.colorBrandBackground2,
    whiteSpace: "pre-wrap",
    overflowWrap: "anywhere",
  },
  place: { color: tokens.colorBrandForeground1, fontWeight: tokens.fontWeightSemibold },
  skeleton: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalM },
});

interface Props {
  readonly conversation: Conversation;
  readonly onClose: () => void;
}

/** Choose an approved template, fill its places, see what the customer will read, send. */
export function TemplatePicker({ conversation, onClose }: Props) {
  const styles = useStyles();
  const me = useMyId();
  const query = useQuery(templatesQuery(conversation.id));
  const [sought, setSought] = useState("");
  const [chosenKey, setChosenKey] = useState<string>();
  const [values, setValues] = useState<Readonly<Record<string, readonly string[]>>>({});
  const all = query.data?.items ?? [];
  const found = all.filter((one) => `${one.name} ${one.body}`.toLowerCase().includes(sought.trim().toLowerCase()));
  const chosen = found.find((one) => keyOf(one) === chosenKey) ?? found[0];
  const parameters = chosen === undefined ? [] : parametersOf(chosen, values[keyOf(chosen)] ?? []);
  const complete = chosen !== undefined && parameters.every((value) => value.trim() !== "");

  function submit() {
    if (chosen === undefined || !complete) return;
    const template = {
      name: chosen.name,
      language: chosen.language,
      parameters: parameters.map((value) => value.trim()),
    };
    const text = filledTemplate(chosen.body, template.parameters);
    outbox.add(conversation.id, { type: "template", template }, { type: "template", template, text }, me);
    onClose();
  }

  return (
    <Dialog open onOpenChange={(_, { open }) => !open && onClose()}>
      <DialogSurface className={styles.surface} data-testid="template-picker">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <DialogBody>
            <DialogTitle>Send a template</DialogTitle>
            <DialogContent>
              {query.isPending && <Waiting />}
              {query.isError && (
                <Failure
                  title="The templates could not be loaded"
                  words={wordsOf(query.error)}
                  onRetry={() => void query.refetch()}
                />
              )}
              {query.isSuccess && all.length === 0 && (
                <Empty title="There are no approved templates">
                  Templates are written and approved in WhatsApp Manager. They appear here by themselves.
                </Empty>
              )}
              {all.length > 0 && (
                <div className={styles.columns}>
                  <div className={styles.list}>
                    <Input
                      placeholder="Search"
                      value={sought}
                      onChange={(_, data) => setSought(data.value)}
                      aria-label="Search templates"
                    />
                    {found.length === 0 && <Text className={styles.quiet}>No template matches.</Text>}
                    {found.map((one) => (
                      <button
                        type="button"
                        key={keyOf(one)}
                        className={mergeClasses(styles.entry, one === chosen && styles.chosen)}
                        aria-pressed={one === chosen}
                        onClick={() => setChosenKey(keyOf(one))}
                        data-testid="template"
                      >
                        <Text weight="semibold" className={styles.ellipsis}>
                          {one.name}
                        </Text>
                        <Text size={200} className={mergeClasses(styles.quiet, styles.ellipsis)}>
                          {one.language} · {one.category}
                        </Text>
                      </button>
                    ))}
                  </div>
                  {chosen !== undefined && (
                    <div className={styles.fill}>
                      {parameters.map((value, index) => (
                        <FormField
                          // biome-ignore lint/suspicious/noArrayIndexKey: a place is its number
                          key={index}
                          label={`Value ${index + 1}`}
                          hint={hintFor(chosen.body, index + 1)}
                        >
                          <Input
                            value={value}
                            maxLength={1024}
                            data-testid="template-parameter"
                            onChange={(_, data) =>
                              setValues({ ...values, [keyOf(chosen)]: parameters.with(index, data.value) })
                            }
                          />
                        </FormField>
                      ))}
                      <Preview template={chosen} parameters={parameters} />
                    </div>
                  )}
                </div>
              )}
            </DialogContent>
            <DialogActions>
              <Button onClick={onClose}>Cancel</Button>
              <Button type="submit" appearance="primary" disabledFocusable={!complete} data-testid="send-template">
                Send
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

function Preview({
  template,
  parameters,
}: {
  readonly template: ChannelTemplate;
  readonly parameters: readonly string[];
}) {
  const styles = useStyles();
  const { header, body, footer } = template;
  return (
    <div className={styles.preview} aria-live="polite" data-testid="template-preview">
      {header !== undefined && <Text weight="semibold">{header}</Text>}
      <Text>
        {templateParts(body).map((part, index) =>
          typeof part === "string" ? (
            part
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: a body's parts never move
            <span key={index} className={styles.place}>
              {parameters[part - 1] || `{{${part}}}`}
            </span>
          ),
        )}
      </Text>
      {footer !== undefined && (
        <Text size={200} className={styles.quiet}>
          {footer}
        </Text>
      )}
    </div>
  );
}

function Waiting() {
  const styles = useStyles();
  return (
    <Skeleton className={styles.skeleton} aria-label="Loading templates">
      <SkeletonItem size={32} />
      <SkeletonItem size={32} />
      <SkeletonItem size={32} />
    </Skeleton>
  );
}

function keyOf({ name, language }: ChannelTemplate): string {
  return `${name}|${language}`;
}

function parametersOf({ parameterCount }: ChannelTemplate, values: readonly string[]): readonly string[] {
  return Array.from({ length: parameterCount }, (_, index) => values[index] ?? "");
}

/** The words around the place, so that one knows what belongs there. */
function hintFor(body: string, place: number): string {
  const at = body.indexOf(`{{${place}}}`);
  const around = body
    .slice(Math.max(0, at - 24), at + 28)
    .replace(`{{${place}}}`, "____")
    .replace(/\s+/g, " ");
  return at === -1 ? "" : `… ${around.trim()} …`;
}
