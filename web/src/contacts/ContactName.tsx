import { Button, Input, makeStyles, Text, tokens } from "@fluentui/react-components";
import { Edit16Regular } from "@fluentui/react-icons/svg/edit";
import { type KeyboardEvent, useState } from "react";
import type { Contact } from "../../../shared/contacts/model.ts";
import { fieldError, isProblem, wordsOf } from "../api/problem.ts";
import { useMay } from "../session/me.ts";
import { FormField } from "../ui/FormField.tsx";
import { useRename } from "./contact.ts";
import { contactName } from "./names.ts";

const useStyles = makeStyles({
  shown: {
    display: "flex",
    alignItems: "center",
    justifyContent: "center",
    gap: tokens.spacingHorizontalXS,
    minWidth: 0,
  },
  name: { overflowWrap: "anywhere" },
  edit: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalS, width: "100%" },
  buttons: { display: "flex", gap: tokens.spacingHorizontalS },
});

/** The contact's name; whoever may, changes it in place. */
export function ContactName({ contact }: { readonly contact: Pick<Contact, "id" | "name" | "identities"> }) {
  const styles = useStyles();
  const may = useMay();
  const rename = useRename(contact.id);
  const [typed, setTyped] = useState<string>();

  if (typed === undefined) {
    return (
      <div className={styles.shown}>
        <Text size={500} weight="semibold" className={styles.name} data-testid="contact-name">
          {contactName(contact)}
        </Text>
        {may("contacts.write") && (
          <Button
            appearance="subtle"
            size="small"
            icon={<Edit16Regular />}
            aria-label="Change the name"
            onClick={() => setTyped(contact.name)}
            data-testid="edit-name"
          />
        )}
      </div>
    );
  }

  const problem = isProblem(rename.error, "stale")
    ? "Somebody else changed this contact meanwhile. Your words are kept: save once more to put them in place."
    : (fieldError(rename.error, "name") ?? (rename.error === null ? undefined : wordsOf(rename.error)));
  const save = () => rename.mutate(typed.trim(), { onSuccess: () => setTyped(undefined) });
  const cancel = () => {
    rename.reset();
    setTyped(undefined);
  };
  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Escape") cancel();
  }
  return (
    <form
      className={styles.edit}
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.trim() !== "") save();
      }}
    >
      <FormField label="Name" problem={problem}>
        <Input
          autoFocus
          value={typed}
          maxLength={200}
          onChange={(_, data) => setTyped(data.value)}
          onKeyDown={onKeyDown}
          data-testid="name-input"
        />
      </FormField>
      <div className={styles.buttons}>
        <Button
          type="submit"
          appearance="primary"
          size="small"
          disabledFocusable={typed.trim() === "" || rename.isPending}
        >
          Save
        </Button>
        <Button size="small" onClick={cancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
