import { useTranslation } from "react-i18next";
import type { FieldKind } from "@/features/settings/SettingField";
import { SettingsForm } from "@/features/settings/SettingsForm";
import { WithSettings } from "@/features/settings/WithSettings";

export type SectionTitle =
  | "defaults.tasks"
  | "defaults.retention"
  | "defaults.recovery"
  | "limits.machine"
  | "limits.dropbox"
  | "limits.upkeep"
  | "organisation.address"
  | "organisation.shown"
  | "organisation.support";

/** Keys of the settings in titled sections, saved together. */
export function SettingsSections({
  parts,
}: {
  parts: readonly (readonly [SectionTitle, readonly FieldKind[]])[];
}) {
  const { t } = useTranslation("settings");
  return (
    <WithSettings>
      {(settings) => (
        <SettingsForm
          settings={settings}
          parts={parts.map(([title, fields]) => ({ title: t(title), fields }))}
        />
      )}
    </WithSettings>
  );
}
