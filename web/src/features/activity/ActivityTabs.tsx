import { Tabs } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useCan } from "@/api/me";
import { TabRow } from "@/ui/TabRow";

const PAGES = {
  system: "/activity/system",
  audit: "/activity/audit",
  erasures: "/activity/erasures",
} as const;

/** What the system did, what people did, and what was erased; for those who may know it. */
export function ActivityTabs({ value }: { value: keyof typeof PAGES }) {
  const { t } = useTranslation("activity");
  const navigate = useNavigate();
  const may = {
    system: useCan("activity.read"),
    audit: useCan("audit.read"),
    erasures: useCan("erase"),
  };
  const shown = (["system", "audit", "erasures"] as const).filter((tab) => may[tab]);
  return (
    <Tabs
      value={value}
      onChange={(chosen) =>
        void navigate({ to: PAGES[(chosen ?? "system") as keyof typeof PAGES] })
      }
      mb="lg"
    >
      <TabRow open={value} tabs={shown.map((tab) => ({ value: tab, label: t(`tab.${tab}`) }))} />
    </Tabs>
  );
}
