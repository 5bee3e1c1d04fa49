import { Field, type FieldProps } from "@fluentui/react-components";
import type { ReactNode } from "react";

interface Props {
  readonly label?: FieldProps["label"];
  readonly hint?: FieldProps["hint"];
  /** Why what was entered was refused, in words. */
  readonly problem?: string | undefined;
  readonly children: ReactNode;
}

/** One field of a form, with its problem right below it. */
export function FormField({ label, hint, problem, children }: Props) {
  return (
    <Field
      {...(label !== undefined && { label })}
      {...(hint !== undefined && { hint })}
      {...(problem !== undefined && { validationMessage: problem })}
    >
      {children}
    </Field>
  );
}
