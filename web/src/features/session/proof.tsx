import { TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import { PasswordField } from "@/ui/PasswordField";
import { type ProblemForm, useProblemForm } from "@/ui/problem-form";

type Proof = { password: string; code: string };

interface ProofForm<Values> extends ProblemForm<Values> {
  /** The password was right, and the second factor's code is asked for. */
  needsCode: boolean;
}

/** Sends a password, and the second factor's code once the appliance has asked for it. */
export function useProofForm<Values extends Proof & Record<string, unknown>>(
  form: UseFormReturnType<Values>,
  send: (values: Values) => Promise<void>,
): ProofForm<Values> {
  const [needsCode, setNeedsCode] = useState(false);
  const sending = useProblemForm(form, async (values) => {
    try {
      await send(values);
    } catch (error) {
      if (asProblem(error).code !== "otp_required" || needsCode) {
        throw error;
      }
      setNeedsCode(true);
    }
  });
  return { ...sending, needsCode };
}

interface FieldsProps {
  getInputProps: (name: "password" | "code") => object;
  needsCode: boolean;
  /** Begin here when the form opens in a dialog. */
  isFirst: boolean;
}

export function ProofFields({ getInputProps, needsCode, isFirst }: FieldsProps) {
  const { t } = useTranslation("session");
  return (
    <>
      <PasswordField
        label={t("signIn.password")}
        autoComplete="current-password"
        required
        {...(isFirst ? { "data-autofocus": true } : {})}
        {...getInputProps("password")}
      />
      {needsCode && (
        <TextInput
          label={t("signIn.code")}
          description={t("signIn.codeHint")}
          autoComplete="one-time-code"
          autoFocus
          required
          {...getInputProps("code")}
        />
      )}
    </>
  );
}
