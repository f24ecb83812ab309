import { useTranslation } from "react-i18next";
import { PageHeader } from "@/ui/PageHeader";

/** Nobody has set this appliance up yet. */
export function SetupPage() {
  const { t } = useTranslation("setup");
  return <PageHeader title={t("title")} description={t("text")} />;
}
