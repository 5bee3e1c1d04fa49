import { Badge } from "@fluentui/react-components";
import { PasswordInput } from "../session/PasswordInput.tsx";
import { FormField } from "../ui/FormField.tsx";

interface Props {
  readonly label: string;
  readonly hint: string;
  /** Whether one is stored already; it is never shown. */
  readonly stored: boolean;
  readonly value: string;
  readonly problem: string | undefined;
  readonly disabled: boolean;
  readonly testId: string;
  readonly onChange: (value: string) => void;
}

/** Something that is written and never read again. */
export function SecretField({ label, hint, stored, value, problem, disabled, testId, onChange }: Props) {
  return (
    <FormField
      label={
        stored
          ? {
              children: (
                <>
                  {label}{" "}
                  <Badge appearance="tint" color="success" size="small">
                    Stored
                  </Badge>
                </>
              ),
            }
          : label
      }
      hint={hint}
      problem={problem}
    >
      <PasswordInput
        value={value}
        disabled={disabled}
        autoComplete="off"
        placeholder={stored ? "Leave empty to keep it" : ""}
        onChange={(_, data) => onChange(data.value)}
        data-testid={testId}
      />
    </FormField>
  );
}
