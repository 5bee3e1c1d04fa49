import { Input, MessageBar, MessageBarBody, MessageBarTitle } from "@fluentui/react-components";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import type { ShownWhatsAppChannel, WhatsAppChannelInput } from "../../../shared/configuration/kinds.ts";
import type { Versioned } from "../api/client.ts";
import { fieldError } from "../api/problem.ts";
import { useMay } from "../session/me.ts";
import { FormField } from "../ui/FormField.tsx";
import { useForm, useUnsavedGuard } from "../ui/form.ts";
import { useToasts } from "../ui/toasts.tsx";
import { Configured } from "./Configured.tsx";
import { newId, useRemove, useSave } from "./configured.ts";
import { ChangedMeanwhile, FormActions, FormGroup, FormProblem } from "./Form.tsx";
import { SecretField } from "./SecretField.tsx";
import { Section } from "./Section.tsx";
import { useBase } from "./useBase.ts";
import { WebhookHints } from "./WebhookHints.tsx";

/** One WhatsApp number: connect it, change it, disconnect it. */
export function WhatsAppNumber() {
  const { id } = useParams({ from: "/desk/settings/whatsapp/$id" });
  return (
    <Configured
      kind="whatsapp-channels"
      id={id}
      noun="number"
      newTitle="Connect a number"
      all={{ to: "/settings/whatsapp", label: "All numbers" }}
    >
      {(known) => <NumberForm key={id} known={known} />}
    </Configured>
  );
}

function valuesOf(channel: ShownWhatsAppChannel | undefined) {
  return {
    name: channel?.name ?? "",
    displayPhoneNumber: channel?.displayPhoneNumber ?? "",
    phoneNumberId: channel?.phoneNumberId ?? "",
    businessAccountId: channel?.businessAccountId ?? "",
    accessToken: "",
    appSecret: "",
    verifyToken: "",
  };
}

function NumberForm({ known }: { readonly known: Versioned<ShownWhatsAppChannel> | undefined }) {
  const navigate = useNavigate();
  const toasts = useToasts();
  const may = useMay();
  const [id] = useState(() => known?.value.id ?? newId("wa"));
  const form = useForm(valuesOf(known?.value));
  const base = useBase(known, form, valuesOf);
  const [leaving, setLeaving] = useState(false);
  const save = useSave("whatsapp-channels");
  const remove = useRemove("whatsapp-channels");
  const { values } = form;
  const mayWrite = may("configuration.write");
  useUnsavedGuard(form.dirty && !leaving);

  const field = (name: keyof typeof values, label: string, hint?: string) => (
    <FormField label={label} problem={fieldError(save.error, name)} {...(hint !== undefined && { hint })}>
      <Input
        value={values[name]}
        readOnly={!mayWrite}
        onChange={(_, data) => form.set(name, data.value)}
        data-testid={`number-${name}`}
      />
    </FormField>
  );
  const secret = (name: "accessToken" | "appSecret" | "verifyToken", label: string, hint: string) => (
    <SecretField
      label={label}
      hint={hint}
      stored={known?.value.secrets[name] ?? false}
      value={values[name]}
      problem={fieldError(save.error, name)}
      onChange={(value) => form.set(name, value)}
      testId={`number-${name}`}
      disabled={!mayWrite}
    />
  );

  function submit() {
    save.mutate(
      { id, etag: base.etag, input: inputOf(values) },
      {
        onSuccess: (saved) => {
          const { value } = saved;
          base.saved(saved);
          toasts.done(known === undefined ? "The number is connected" : "Saved");
          if (known !== undefined) return;
          void navigate({ to: "/settings/whatsapp/$id", params: { id: value.id }, replace: true, ignoreBlocker: true });
        },
      },
    );
  }

  function disconnect() {
    if (!window.confirm("Disconnect this number? Conversations are kept; no messages come or go any more.")) return;
    setLeaving(true);
    remove.mutate(
      { id, etag: base.etag },
      {
        onSuccess: () => void navigate({ to: "/settings/whatsapp", ignoreBlocker: true }),
        onError: () => setLeaving(false),
      },
    );
  }

  return (
    <Section
      title={known === undefined ? "Connect a WhatsApp number" : known.value.name}
      words="The ids and the token are in WhatsApp Manager, under API set-up."
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {known?.value.health?.state === "failing" && (
          <MessageBar intent="error" layout="multiline">
            <MessageBarBody>
              <MessageBarTitle>This number is not working</MessageBarTitle>
              {known.value.health.reason}
            </MessageBarBody>
          </MessageBar>
        )}
        <FormProblem error={save.error ?? remove.error} fields={Object.keys(values)} />
        {base.overtaken && <ChangedMeanwhile onTheirs={base.takeTheirs} onMine={base.keepMine} />}
        <FormGroup title="The number">
          {field("name", "Name", "What your people call it, for example Support")}
          {field("displayPhoneNumber", "Phone number", "As customers see it, for example +49 30 1234567")}
          {field("phoneNumberId", "Phone number ID")}
          {field("businessAccountId", "WhatsApp Business account ID")}
          {secret("accessToken", "Access token", "Of a system user, so that it does not expire.")}
        </FormGroup>
        <FormGroup
          title="A Meta app of your own"
          words="Leave empty to use the app of this installation. With your own app, the number gets a webhook of its own."
        >
          {secret("appSecret", "App secret", "In the app's basic settings.")}
          {secret("verifyToken", "Verify token", "A word of your choice; enter the same at Meta.")}
        </FormGroup>
        {known !== undefined && <WebhookHints url={known.value.webhookUrl} ownApp={known.value.secrets.appSecret} />}
        {mayWrite && (
          <FormActions
            save={known === undefined ? "Connect" : "Save"}
            saving={save.isPending}
            dirty={form.dirty}
            onCancel={() => void navigate({ to: "/settings/whatsapp" })}
            {...(known !== undefined && { remove: { label: "Disconnect", run: disconnect } })}
          />
        )}
      </form>
    </Section>
  );
}

/** Secrets that were left empty stay as they are. */
function inputOf({ accessToken, appSecret, verifyToken, ...rest }: ReturnType<typeof valuesOf>): WhatsAppChannelInput {
  return {
    ...rest,
    ...(accessToken !== "" && { accessToken }),
    ...(appSecret !== "" && { appSecret }),
    ...(verifyToken !== "" && { verifyToken }),
  };
}
