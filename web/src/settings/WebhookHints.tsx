import { Button, Input } from "@fluentui/react-components";
import { Copy20Regular } from "@fluentui/react-icons/svg/copy";
import { FormField } from "../ui/FormField.tsx";
import { useToasts } from "../ui/toasts.tsx";
import { FormGroup } from "./Form.tsx";

interface Props {
  readonly url: string;
  /** Whether the number has a Meta app of its own. */
  readonly ownApp: boolean;
}

/** What to enter at Meta, so that messages find their way here. */
export function WebhookHints({ url, ownApp }: Props) {
  const toasts = useToasts();
  const copy = () => void navigator.clipboard.writeText(url).then(() => toasts.done("Copied"));
  return (
    <FormGroup
      title="At Meta"
      words="In the app's WhatsApp configuration: enter this address, and subscribe to “messages”."
    >
      <FormField label="Callback URL">
        <Input
          readOnly
          value={url}
          data-testid="webhook-url"
          contentAfter={
            <Button appearance="transparent" size="small" icon={<Copy20Regular />} aria-label="Copy" onClick={copy} />
          }
        />
      </FormField>
      <FormField
        label="Verify token"
        hint={
          ownApp
            ? "The one you entered above."
            : "The one that this installation was set up with (WHATSAPP_VERIFY_TOKEN); whoever runs it knows it."
        }
      >
        <Input readOnly value={ownApp ? "As entered above" : "Of this installation"} />
      </FormField>
    </FormGroup>
  );
}
