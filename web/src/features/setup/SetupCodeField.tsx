import { Code, TextInput, type TextInputProps } from "@mantine/core";
import { Trans, useTranslation } from "react-i18next";

/** The code that `dropally serve` printed: who reads it stands at the machine. */
export function SetupCodeField(props: TextInputProps) {
  const { t } = useTranslation("setup");
  return (
    <TextInput
      label={t("code.label")}
      description={
        <Trans t={t} i18nKey="code.hint" components={{ file: <Code>setup-code</Code> }} />
      }
      placeholder="XXXX-XXXX-XXXX-XXXX"
      autoComplete="off"
      spellCheck={false}
      autoCapitalize="characters"
      required
      data-autofocus
      {...props}
    />
  );
}
