import { PasswordInput, type PasswordInputProps } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** A secret that can be shown while it is typed; says to those who hear the page when it is refused. */
export function PasswordField(props: PasswordInputProps) {
  const { t } = useTranslation("ui");
  return (
    <PasswordInput
      aria-invalid={Boolean(props.error)}
      visibilityToggleButtonProps={{ "aria-label": t("showTyped") }}
      {...props}
    />
  );
}
