import type { ReactNode } from "react";
import type { Settings } from "@/api/settings";
import type { FieldKind } from "@/features/settings/SettingField";
import { SettingsForm } from "@/features/settings/SettingsForm";

const FIELDS: readonly FieldKind[] = [
  { key: "notify.smtp.host", kind: "text" },
  { key: "notify.smtp.port", kind: "number" },
  { key: "notify.smtp.security", kind: "choice", choices: ["starttls", "tls", "none"] },
  { key: "notify.smtp.username", kind: "text" },
  { key: "notify.smtp.password", kind: "secret" },
  { key: "notify.smtp.from", kind: "text" },
];

interface Props {
  settings: Settings;
  onSaved?: () => Promise<void>;
  children?: (isSending: boolean) => ReactNode;
}

/** The mail server; the wizard and the settings show the same fields. */
export function MailForm({ settings, onSaved, children }: Props) {
  return (
    <SettingsForm
      settings={settings}
      parts={[{ fields: FIELDS }]}
      {...(onSaved === undefined ? {} : { onSaved })}
      {...(children === undefined ? {} : { footer: children })}
    />
  );
}
