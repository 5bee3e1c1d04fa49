import { Button, Input } from "@fluentui/react-components";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { fieldError, isProblem, wordsOf } from "../api/problem.ts";
import { useTitle } from "../app/title.ts";
import { FormField } from "../ui/FormField.tsx";
import { useForm } from "../ui/form.ts";
import { recall } from "../ui/remembered.ts";
import { useStore } from "../ui/store.ts";
import { TextLink } from "../ui/TextLink.tsx";
import { AuthPage } from "./AuthPage.tsx";
import { enter } from "./enter.ts";
import { PasswordInput } from "./PasswordInput.tsx";
import { openSession, session } from "./session.ts";

/** Sign-in by organisation, e-mail and password; remembers the organisation. */
export function SignIn() {
  useTitle("Sign in");
  const state = useStore(session);
  const form = useForm({ tenant: recall("organization") ?? "", email: "", password: "" });
  const [tried, setTried] = useState(false);
  const { tenant, email, password } = form.values;
  const signIn = useMutation({
    mutationFn: () => enter("auth/login", { tenant: tenant.trim().toLowerCase(), email: email.trim(), password }),
    onSuccess: openSession,
  });
  const missing = (value: string, words: string) => (tried && value.trim() === "" ? words : undefined);

  function submit() {
    setTried(true);
    if (tenant.trim() !== "" && email.trim() !== "" && password !== "") signIn.mutate();
  }

  const { error } = signIn;
  const ended = state.phase === "signed-out" && state.reason === "ended" && error === null;
  const words = isProblem(error, "invalid-credentials", "unauthenticated")
    ? "Organisation, e-mail or password is not right. Check them and try again."
    : wordsOf(error);
  return (
    <AuthPage
      title="Sign in"
      lead="Good to see you again."
      problem={ended ? "Your session has ended. Sign in to go on." : error === null ? undefined : words}
      onSubmit={submit}
      foot={
        <>
          New here? <TextLink to="/sign-up">Create an organisation</TextLink>
        </>
      }
    >
      <FormField
        label="Organisation"
        hint="The short name you chose when signing up, for example acme-support"
        problem={missing(tenant, "Enter your organisation's name.") ?? fieldError(error, "tenant")}
      >
        <Input
          data-testid="sign-in-organization"
          autoComplete="organization"
          autoCapitalize="none"
          autoFocus={tenant === ""}
          value={tenant}
          onChange={(_, data) => form.set("tenant", data.value)}
        />
      </FormField>
      <FormField label="E-mail" problem={missing(email, "Enter your e-mail address.") ?? fieldError(error, "email")}>
        <Input
          data-testid="sign-in-email"
          type="email"
          autoComplete="username"
          autoFocus={tenant !== ""}
          value={email}
          onChange={(_, data) => form.set("email", data.value)}
        />
      </FormField>
      <FormField label="Password" problem={missing(password, "Enter your password.") ?? fieldError(error, "password")}>
        <PasswordInput
          data-testid="sign-in-password"
          autoComplete="current-password"
          value={password}
          onChange={(_, data) => form.set("password", data.value)}
        />
      </FormField>
      <Button
        appearance="primary"
        size="large"
        type="submit"
        data-testid="sign-in-submit"
        disabledFocusable={signIn.isPending}
      >
        {signIn.isPending ? "Signing in…" : "Sign in"}
      </Button>
    </AuthPage>
  );
}
