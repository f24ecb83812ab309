import { PasswordInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface Props {
  getInputProps: (name: "new" | "new_again") => object;
}

/** A new password, typed twice. What is wrong with one, the server says. */
export function NewPasswordFields({ getInputProps }: Props) {
  const { t } = useTranslation("session");
  const shows = { "aria-label": t("signIn.showPassword") };
  return (
    <>
      <PasswordInput
        label={t("password.new")}
        description={t("password.hint")}
        autoComplete="new-password"
        required
        visibilityToggleButtonProps={shows}
        {...getInputProps("new")}
      />
      <PasswordInput
        label={t("password.again")}
        autoComplete="new-password"
        required
        visibilityToggleButtonProps={shows}
        {...getInputProps("new_again")}
      />
    </>
  );
}
