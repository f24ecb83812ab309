import { Button, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ProofFields, useProofForm } from "@/features/session/proof";
import type { Credentials } from "@/features/session/queries";
import { ErrorState } from "@/ui/ErrorState";

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
  const form = useForm<Credentials>({ initialValues: { email, password: "", code: "" } });
  const { submit, isSending, problem, needsCode } = useProofForm(form, signIn);
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
        <ProofFields
          getInputProps={form.getInputProps}
          needsCode={needsCode}
          isFirst={email !== ""}
        />
        {problem !== null && <ErrorState error={problem} />}
        <Button type="submit" loading={isSending}>
          {t("signIn.submit")}
        </Button>
      </Stack>
    </form>
  );
}
