import { useTranslation } from "react-i18next";
import type { FieldKind } from "@/features/settings/SettingField";
import { SettingsSections } from "@/features/settings/SettingsSections";
import { PageHeader } from "@/ui/PageHeader";

const MACHINE: readonly FieldKind[] = [
  { key: "limits.memory", kind: "text" },
  { key: "limits.jobs_at_once", kind: "number" },
  { key: "limits.jobs_per_team", kind: "number" },
];
const DROPBOX: readonly FieldKind[] = [
  { key: "dropbox.max_parallel_requests", kind: "number" },
  { key: "dropbox.upload_quota_reserve", kind: "text" },
];
const UPKEEP: readonly FieldKind[] = [
  { key: "schedule.self_backup", kind: "text" },
  { key: "schedule.self_backup_keep", kind: "number" },
];
const PARTS = [
  ["limits.machine", MACHINE],
  ["limits.dropbox", DROPBOX],
  ["limits.upkeep", UPKEEP],
] as const;

/** What runs may take of this machine and of the team's allowance at Dropbox. */
export function LimitsPage() {
  const { t } = useTranslation("settings");
  return (
    <>
      <PageHeader title={t("limits")} />
      <SettingsSections parts={PARTS} />
    </>
  );
}
