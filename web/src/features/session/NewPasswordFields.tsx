import { useTranslation } from "react-i18next";
import { PasswordField } from "@/ui/PasswordField";

interface Props {
  getInputProps: (name: "new" | "new_again") => object;
}

/** A new password, typed twice. What is wrong with one, the server says. */
export function NewPasswordFields({ getInputProps }: Props) {
  const { t } = useTranslation("session");
  return (
    <>
      <PasswordField
        label={t("password.new")}
        description={t("password.hint")}
        autoComplete="new-password"
        required
        {...getInputProps("new")}
      />
      <PasswordField
        label={t("password.again")}
        autoComplete="new-password"
        required
        {...getInputProps("new_again")}
      />
    </>
  );
}
