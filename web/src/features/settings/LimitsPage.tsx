import { useTranslation } from "react-i18next";
import { Section } from "@/features/settings/Section";
import type { FieldKind } from "@/features/settings/SettingField";
import { SettingsForm } from "@/features/settings/SettingsForm";
import { WithSettings } from "@/features/settings/WithSettings";
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

/** What runs may take of this machine and of the team's allowance at Dropbox. */
export function LimitsPage() {
  const { t } = useTranslation("settings");
  const parts = [
    ["limits.machine", MACHINE],
    ["limits.dropbox", DROPBOX],
    ["limits.upkeep", UPKEEP],
  ] as const;
  return (
    <>
      <PageHeader title={t("limits")} />
      <WithSettings>
        {(settings) =>
          parts.map(([title, fields]) => (
            <Section key={title} title={t(title)}>
              <SettingsForm settings={settings} fields={fields} />
            </Section>
          ))
        }
      </WithSettings>
    </>
  );
}
