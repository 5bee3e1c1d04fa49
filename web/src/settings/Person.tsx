import { Input, Radio, RadioGroup, Switch } from "@fluentui/react-components";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import type { ShownUser, UserInput } from "../../../shared/configuration/kinds.ts";
import type { Versioned } from "../api/client.ts";
import { fieldError } from "../api/problem.ts";
import { useMyId } from "../session/me.ts";
import { PasswordInput } from "../session/PasswordInput.tsx";
import { ROLE_HINTS, ROLE_WORDS, ROLES } from "../session/roles.ts";
import { FormField } from "../ui/FormField.tsx";
import { useForm, useUnsavedGuard } from "../ui/form.ts";
import { useToasts } from "../ui/toasts.tsx";
import { Configured } from "./Configured.tsx";
import { newId, useSave } from "./configured.ts";
import { ChangedMeanwhile, FormActions, FormGroup, FormProblem } from "./Form.tsx";
import { Section } from "./Section.tsx";
import { useBase } from "./useBase.ts";

/** One colleague: add, change the role, deactivate. */
export function Person() {
  const { id } = useParams({ from: "/desk/settings/people/$id" });
  return (
    <Configured
      kind="users"
      id={id}
      noun="person"
      newTitle="Add a person"
      all={{ to: "/settings/people", label: "All people" }}
    >
      {(known) => <PersonForm key={id} known={known} />}
    </Configured>
  );
}

function valuesOf(user: ShownUser | undefined) {
  return {
    name: user?.name ?? "",
    email: user?.email ?? "",
    role: user?.role ?? ("agent" as const),
    active: user?.active ?? true,
    password: "",
  };
}

function PersonForm({ known }: { readonly known: Versioned<ShownUser> | undefined }) {
  const navigate = useNavigate();
  const toasts = useToasts();
  const me = useMyId();
  const [id] = useState(() => known?.value.id ?? newId("usr"));
  const form = useForm(valuesOf(known?.value));
  const base = useBase(known, form, valuesOf);
  const save = useSave("users");
  const { values } = form;
  const oneself = id === me;
  useUnsavedGuard(form.dirty);

  function submit() {
    save.mutate(
      { id, etag: base.etag, input: inputOf(values) },
      {
        onSuccess: (saved) => {
          const { value } = saved;
          base.saved(saved);
          toasts.done(known === undefined ? `${value.name} can sign in now` : "Saved");
          void navigate({ to: "/settings/people", ignoreBlocker: true });
        },
      },
    );
  }

  return (
    <Section
      title={known === undefined ? "Add a person" : known.value.name}
      words={
        known === undefined
          ? "Tell them the organisation's short name, their e-mail and the password."
          : known.value.email
      }
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <FormProblem error={save.error} fields={Object.keys(values)} />
        {base.overtaken && <ChangedMeanwhile onTheirs={base.takeTheirs} onMine={base.keepMine} />}
        <FormGroup title="Who">
          <FormField label="Name" problem={fieldError(save.error, "name")}>
            <Input value={values.name} onChange={(_, data) => form.set("name", data.value)} data-testid="person-name" />
          </FormField>
          <FormField label="E-mail" problem={fieldError(save.error, "email")}>
            <Input
              type="email"
              value={values.email}
              onChange={(_, data) => form.set("email", data.value)}
              data-testid="person-email"
            />
          </FormField>
          <FormField
            label={known === undefined ? "Password" : "New password"}
            hint={
              known === undefined
                ? "At least 12 characters."
                : "Leave empty to keep it. A new one ends their other sessions."
            }
            problem={fieldError(save.error, "password")}
          >
            <PasswordInput
              autoComplete="new-password"
              value={values.password}
              onChange={(_, data) => form.set("password", data.value)}
              data-testid="person-password"
            />
          </FormField>
        </FormGroup>
        <FormGroup title="What they may do">
          <FormField label="Role" problem={fieldError(save.error, "role")}>
            <RadioGroup
              value={values.role}
              disabled={oneself}
              onChange={(_, data) => form.set("role", ROLES.find((role) => role === data.value) ?? values.role)}
            >
              {ROLES.map((role) => (
                <Radio key={role} value={role} label={`${ROLE_WORDS[role]} · ${ROLE_HINTS[role]}`} />
              ))}
            </RadioGroup>
          </FormField>
          {known !== undefined && (
            <FormField
              hint={
                oneself ? "You cannot deactivate yourself." : "Who is deactivated cannot sign in; their work is kept."
              }
              problem={fieldError(save.error, "active")}
            >
              <Switch
                label="May sign in"
                checked={values.active}
                disabled={oneself}
                onChange={(_, data) => form.set("active", data.checked)}
                data-testid="person-active"
              />
            </FormField>
          )}
        </FormGroup>
        <FormActions
          save={known === undefined ? "Add" : "Save"}
          saving={save.isPending}
          dirty={form.dirty}
          onCancel={() => void navigate({ to: "/settings/people" })}
        />
      </form>
    </Section>
  );
}

function inputOf({ password, ...rest }: ReturnType<typeof valuesOf>): UserInput {
  return { ...rest, ...(password !== "" && { password }) };
}
