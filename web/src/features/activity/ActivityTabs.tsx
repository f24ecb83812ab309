import { Tabs } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useCan } from "@/api/me";

const PAGES = {
  system: "/activity/system",
  audit: "/activity/audit",
  erasures: "/activity/erasures",
} as const;

/** What the system did, what people did, and what was erased; for those who may know it. */
export function ActivityTabs({ value }: { value: keyof typeof PAGES }) {
  const { t } = useTranslation("activity");
  const navigate = useNavigate();
  const mayRead = useCan("activity.read");
  const mayAudit = useCan("audit.read");
  const mayErase = useCan("erase");
  return (
    <Tabs
      value={value}
      onChange={(chosen) =>
        void navigate({ to: PAGES[(chosen ?? "system") as keyof typeof PAGES] })
      }
      mb="lg"
    >
      <Tabs.List>
        {mayRead && <Tabs.Tab value="system">{t("tab.system")}</Tabs.Tab>}
        {mayAudit && <Tabs.Tab value="audit">{t("tab.audit")}</Tabs.Tab>}
        {mayErase && <Tabs.Tab value="erasures">{t("tab.erasures")}</Tabs.Tab>}
      </Tabs.List>
    </Tabs>
  );
}
