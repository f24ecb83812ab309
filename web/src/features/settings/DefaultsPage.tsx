import { useTranslation } from "react-i18next";
import type { FieldKind } from "@/features/settings/SettingField";
import { SettingsSections } from "@/features/settings/SettingsSections";
import { PageHeader } from "@/ui/PageHeader";

const TASKS: readonly FieldKind[] = [
  {
    key: "defaults.task.frequency",
    kind: "choice",
    choices: ["daily", "every-3-days", "weekly", "hourly", "every-6-hours"],
  },
  { key: "defaults.task.hour", kind: "text" },
  { key: "defaults.task.zone", kind: "text" },
  { key: "defaults.task.continuous", kind: "switch" },
  { key: "defaults.task.auto_activate_members", kind: "switch" },
  { key: "defaults.task.auto_activate_team_folders", kind: "switch" },
  { key: "defaults.task.auto_activate_shared_folders", kind: "switch" },
  { key: "defaults.task.archived_keep_days", kind: "number" },
];
const RETENTION: readonly FieldKind[] = [
  { key: "defaults.retention.mode", kind: "choice", choices: ["unlimited", "period", "gfs"] },
  { key: "defaults.retention.period", kind: "text" },
  { key: "defaults.retention.keep_daily", kind: "number" },
  { key: "defaults.retention.keep_weekly", kind: "number" },
  { key: "defaults.retention.keep_monthly", kind: "number" },
  { key: "defaults.retention.keep_yearly", kind: "number" },
  { key: "safety.delete_grace", kind: "text" },
];
const RECOVERY: readonly FieldKind[] = [
  { key: "recovery.restored_folder", kind: "text" },
  {
    key: "recovery.inplace_conflict",
    kind: "choice",
    choices: ["duplicate", "skip", "replace"],
  },
  { key: "recovery.download_link_ttl", kind: "text" },
  { key: "recovery.export_staging_max", kind: "text" },
  { key: "recovery.export_folders", kind: "lines" },
  { key: "recovery.jobs_page_days", kind: "number" },
];
const PARTS = [
  ["defaults.tasks", TASKS],
  ["defaults.retention", RETENTION],
  ["defaults.recovery", RECOVERY],
] as const;

/** What new tasks begin with, and how recoveries behave unless somebody says otherwise. */
export function DefaultsPage() {
  const { t } = useTranslation("settings");
  return (
    <>
      <PageHeader title={t("defaults")} description={t("defaults.text")} />
      <SettingsSections parts={PARTS} />
    </>
  );
}
