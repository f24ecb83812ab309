import { NativeSelect } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { LANGUAGES, type Language } from "@/app/i18n";
import { useChooseLanguage } from "@/app/language";

const NAMES: Record<Language, string> = { en: "English", de: "Deutsch" };

export function LanguageMenu() {
  const { t, i18n } = useTranslation("app");
  const choose = useChooseLanguage();
  return (
    <NativeSelect
      aria-label={t("language")}
      size="xs"
      value={i18n.resolvedLanguage ?? "en"}
      data={LANGUAGES.map((one) => ({ value: one, label: NAMES[one] }))}
      onChange={(event) => void choose(event.currentTarget.value as Language)}
    />
  );
}
