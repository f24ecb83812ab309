import { NavLink } from "@mantine/core";
import { IconUser } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PageHeader } from "@/ui/PageHeader";

export function SettingsPage() {
  const { t } = useTranslation("settings");
  return (
    <>
      <PageHeader title={t("title")} />
      <NavLink
        component={Link}
        to="/settings/account"
        label={t("account")}
        leftSection={<IconUser size={18} />}
      />
    </>
  );
}
