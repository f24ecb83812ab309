import { Alert, Button, Group, Stack } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import { type Settings, type SettingValue, settingOf, useChangeSettings } from "@/api/settings";
import { type FieldKind, SettingField } from "@/features/settings/SettingField";
import { CliHint, quoted } from "@/ui/CliHint";
import { ErrorState, sentence } from "@/ui/ErrorState";

interface Props {
  settings: Settings;
  fields: readonly FieldKind[];
  onSaved?: () => Promise<void> | void;
  /** Instead of the save button; gets whether the form is being sent. */
  footer?: (isSending: boolean) => ReactNode;
  children?: ReactNode;
}

/** Some keys of the settings as a form: only what was changed is sent, all or none. */
export function SettingsForm({ settings, fields, onSaved, footer, children }: Props) {
  const { t } = useTranslation("settings");
  const [typed, setTyped] = useState<Record<string, SettingValue>>({});
  const [isSaved, setIsSaved] = useState(false);
  const change = useChangeSettings();
  const shown = fields.flatMap((field) => {
    const setting = settingOf(settings, field.key);
    return setting === undefined ? [] : [{ field, setting }];
  });
  const changes = Object.fromEntries(
    Object.entries(typed).filter(([key, value]) => settingOf(settings, key)?.value !== value),
  );
  const save = async () => {
    if (Object.keys(changes).length > 0) {
      await change.mutateAsync(changes);
    }
    setTyped({});
    setIsSaved(true);
    await onSaved?.();
  };
  const problem = change.error === null ? null : asProblem(change.error);
  const errorOf = (key: string) =>
    problem?.fields.filter((one) => one.field === key).map((one) => sentence(one.message))[0];
  const isElsewhere = problem !== null && !shown.some(({ field }) => errorOf(field.key));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save().catch(() => undefined); // shown from the mutation
      }}
    >
      <Stack maw={560}>
        {shown.map(({ field, setting }) => (
          <SettingField
            key={field.key}
            field={field}
            setting={setting}
            value={typed[field.key] ?? (setting.value as SettingValue)}
            error={errorOf(field.key)}
            onChange={(value) => {
              setIsSaved(false);
              setTyped({ ...typed, [field.key]: value });
            }}
          />
        ))}
        {children}
        {isElsewhere && <ErrorState error={problem} />}
        {isSaved && footer === undefined && (
          <Alert color="green" role="status">
            {t("saved")}
          </Alert>
        )}
        {footer === undefined ? (
          <Group justify="space-between">
            <Button type="submit" loading={change.isPending}>
              {t("save")}
            </Button>
            <CliHint command={commandOf(changes, fields)} />
          </Group>
        ) : (
          footer(change.isPending)
        )}
      </Stack>
    </form>
  );
}

/** `dropally config set` with what was typed; secrets are left out. */
function commandOf(changes: Record<string, SettingValue>, fields: readonly FieldKind[]): string {
  const secret = new Set(fields.filter((one) => one.kind === "secret").map((one) => one.key));
  const words = Object.entries(changes)
    .filter(([key]) => !secret.has(key))
    .map(([key, value]) =>
      quoted(`${key}=${Array.isArray(value) ? JSON.stringify(value) : value}`),
    );
  return ["dropally config set", ...(words.length > 0 ? words : ["KEY=VALUE"])].join(" ");
}
