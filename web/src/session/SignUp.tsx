import { Button, Input, makeStyles, Text, tokens } from "@fluentui/react-components";
import { CheckmarkCircle16Filled } from "@fluentui/react-icons/svg/checkmark-circle";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { fieldError, isProblem, wordsOf } from "../api/problem.ts";
import { useTitle } from "../app/title.ts";
import { FormField } from "../ui/FormField.tsx";
import { useForm } from "../ui/form.ts";
import { TextLink } from "../ui/TextLink.tsx";
import { AuthPage } from "./AuthPage.tsx";
import { enter } from "./enter.ts";
import { PasswordInput } from "./PasswordInput.tsx";
import { openSession } from "./session.ts";
import { slugOf } from "./slug.ts";

const MIN_PASSWORD = 12;

interface Values {
  readonly organization: string;
  readonly slug: string;
  readonly ownSlug: boolean;
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** `ownSlug`: the short name was typed, and follows the organisation's name no longer. */
const EMPTY: Values = { organization: "", slug: "", ownSlug: false, name: "", email: "", password: "" };
const FIELDS = ["organization", "slug", "name", "email", "password"] as const;

const useStyles = makeStyles({
  rule: { display: "inline-flex", alignItems: "center", gap: tokens.spacingHorizontalXS },
  met: { color: tokens.colorStatusSuccessForeground1 },
});

/** Makes an organisation with its owner, and signs them in. */
export function SignUp() {
  useTitle("Create an organisation");
  const styles = useStyles();
  const form = useForm(EMPTY);
  const [tried, setTried] = useState(false);
  const { organization, ownSlug, name, email, password } = form.values;
  const slug = ownSlug ? form.values.slug : slugOf(organization);
  const signUp = useMutation({
    mutationFn: () =>
      enter("auth/sign-up", {
        organization: organization.trim(),
        slug,
        name: name.trim(),
        email: email.trim(),
        password,
      }),
    onSuccess: openSession,
  });
  const { error } = signUp;
  const long = password.length >= MIN_PASSWORD;
  const check = (ok: boolean, words: string) => (tried && !ok ? words : undefined);
  const faults = {
    organization: check(organization.trim() !== "", "Enter the name of your organisation."),
    slug: check(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug), "Use small letters, digits and single hyphens."),
    name: check(name.trim() !== "", "Enter your name."),
    email: check(/^\S+@\S+\.\S+$/.test(email.trim()), "Enter an e-mail address, such as ana@example.com."),
    password: check(long, `Use at least ${MIN_PASSWORD} characters.`),
  };
  const taken = isProblem(error, "slug-taken") ? "Another organisation has this name. Choose another." : undefined;
  const shown = (field: keyof typeof faults) => faults[field] ?? fieldError(error, field);
  const atField = taken !== undefined || FIELDS.some((field) => fieldError(error, field) !== undefined);

  function submit() {
    setTried(true);
    const complete = organization.trim() !== "" && slug !== "" && name.trim() !== "" && email.includes("@") && long;
    if (complete) signUp.mutate();
  }

  return (
    <AuthPage
      title="Create an organisation"
      lead="Free to try. You become its owner."
      problem={error === null || atField ? undefined : wordsOf(error)}
      onSubmit={submit}
      foot={
        <>
          Already have one? <TextLink to="/sign-in">Sign in</TextLink>
        </>
      }
    >
      <FormField label="Organisation" problem={shown("organization")}>
        <Input
          data-testid="sign-up-organization"
          autoComplete="organization"
          autoFocus
          value={organization}
          onChange={(_, data) => form.set("organization", data.value)}
        />
      </FormField>
      <FormField label="Short name" hint="Your people sign in with it." problem={taken ?? shown("slug")}>
        <Input
          data-testid="sign-up-slug"
          autoCapitalize="none"
          spellCheck={false}
          placeholder="acme-support"
          value={slug}
          onChange={(_, data) => {
            form.set("slug", data.value.toLowerCase());
            form.set("ownSlug", data.value !== "");
          }}
        />
      </FormField>
      <FormField label="Your name" problem={shown("name")}>
        <Input
          data-testid="sign-up-name"
          autoComplete="name"
          value={name}
          onChange={(_, data) => form.set("name", data.value)}
        />
      </FormField>
      <FormField label="E-mail" problem={shown("email")}>
        <Input
          data-testid="sign-up-email"
          type="email"
          autoComplete="username"
          value={email}
          onChange={(_, data) => form.set("email", data.value)}
        />
      </FormField>
      <FormField
        label="Password"
        problem={shown("password")}
        hint={
          <Text size={200} className={long ? styles.met : undefined}>
            <span className={styles.rule}>
              {long && <CheckmarkCircle16Filled />}
              At least {MIN_PASSWORD} characters; a sentence is easy to remember
            </span>
          </Text>
        }
      >
        <PasswordInput
          data-testid="sign-up-password"
          autoComplete="new-password"
          value={password}
          onChange={(_, data) => form.set("password", data.value)}
        />
      </FormField>
      <Button
        appearance="primary"
        size="large"
        type="submit"
        data-testid="sign-up-submit"
        disabledFocusable={signUp.isPending}
      >
        {signUp.isPending ? "Creating…" : "Create organisation"}
      </Button>
    </AuthPage>
  );
}
