import { Tabs } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useCan } from "@/api/me";

/** What the system did, and what people did; the audit only for those who may read it. */
export function ActivityTabs({ value }: { value: "system" | "audit" }) {
  const { t } = useTranslation("activity");
  const navigate = useNavigate();
  const mayRead = useCan("activity.read");
  const mayAudit = useCan("audit.read");
  return (
    <Tabs
      value={value}
      onChange={(chosen) =>
        void navigate({ to: chosen === "audit" ? "/activity/audit" : "/activity/system" })
      }
      mb="lg"
    >
      <Tabs.List>
        {mayRead && <Tabs.Tab value="system">{t("tab.system")}</Tabs.Tab>}
        {mayAudit && <Tabs.Tab value="audit">{t("tab.audit")}</Tabs.Tab>}
      </Tabs.List>
    </Tabs>
  );
}
