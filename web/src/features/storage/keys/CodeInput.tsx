import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** A field for the whole recovery code. */
export function CodeInput(given: object) {
  const { t } = useTranslation("storage");
  return (
    <TextInput
      label={t("key.code")}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
      autoComplete="off"
      spellCheck={false}
      placeholder="XXXXX-XXXXX-…"
      required
      {...given}
    />
  );
}
