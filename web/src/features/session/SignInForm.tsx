import { Button, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import type { Credentials } from "@/features/session/queries";
import { ErrorState } from "@/ui/ErrorState";
import { PasswordField } from "@/ui/PasswordField";
import { useProblemForm } from "@/ui/problem-form";

interface Props {
  /** The address that is filled in already. */
  email?: string;
  signIn: (given: Credentials) => Promise<void>;
  /** Above the fields. */
  children?: ReactNode;
}

/** Address and password; the second factor's code is asked for once the password is right. */
export function SignInForm({ email = "", signIn, children }: Props) {
  const { t } = useTranslation("session");
  const [needsCode, setNeedsCode] = useState(false);
  const form = useForm<Credentials>({ initialValues: { email, password: "", code: "" } });
  const { submit, isSending, problem } = useProblemForm(form, async (values) => {
    try {
      await signIn(values);
    } catch (error) {
      if (asProblem(error).code === "otp_required" && !needsCode) {
        setNeedsCode(true);
        return;
      }
      throw error;
    }
  });
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack>
        {children}
        <TextInput
          label={t("signIn.email")}
          type="email"
          autoComplete="username"
          required
          {...(email === "" ? { "data-autofocus": true } : {})}
          {...form.getInputProps("email")}
        />
        <PasswordField
          label={t("signIn.password")}
          autoComplete="current-password"
          required
          {...(email === "" ? {} : { "data-autofocus": true })}
          visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
          {...form.getInputProps("password")}
        />
        {needsCode && (
          <TextInput
            label={t("signIn.code")}
            description={t("signIn.codeHint")}
            autoComplete="one-time-code"
            autoFocus
            required
            {...form.getInputProps("code")}
          />
        )}
        {problem !== null && <ErrorState error={problem} />}
        <Button type="submit" loading={isSending}>
          {t("signIn.submit")}
        </Button>
      </Stack>
    </form>
  );
}
