import { Alert, Stack } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import { type Settings, type SettingValue, settingOf, useChangeSettings } from "@/api/settings";
import { Section } from "@/features/settings/Section";
import { type FieldKind, SettingField } from "@/features/settings/SettingField";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { ErrorState, sentence } from "@/ui/ErrorState";
import { SaveBar } from "@/ui/SaveBar";

/** Some fields below a title of their own, or without one. */
export interface SettingsPart {
  title?: string;
  fields: readonly FieldKind[];
}

interface Props {
  settings: Settings;
  parts: readonly SettingsPart[];
  onSaved?: () => Promise<void> | void;
  /** Instead of the bar with the save button; gets whether the form is being sent. */
  footer?: (isSending: boolean) => ReactNode;
}

/** Some keys of the settings as a form: only what was changed is sent, all or none. */
export function SettingsForm({ settings, parts, onSaved, footer }: Props) {
  const { t } = useTranslation("settings");
  const [typed, setTyped] = useState<Record<string, SettingValue>>({});
  const [isSaved, setIsSaved] = useState(false);
  const change = useChangeSettings();
  const fields = parts.flatMap((part) => part.fields);
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
  const type = (key: string, value: SettingValue) => {
    setIsSaved(false);
    setTyped({ ...typed, [key]: value });
  };
  const problem = change.error === null ? null : asProblem(change.error);
  const errorOf = (key: string) =>
    problem?.fields.filter((one) => one.field === key).map((one) => sentence(one.message))[0];
  const isElsewhere = problem !== null && !fields.some(({ key }) => errorOf(key));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save().catch(() => undefined); // shown from the mutation
      }}
    >
      <Stack maw={560}>
        {parts.map((part) => (
          <Part key={part.title ?? ""} title={part.title}>
            {part.fields.map((field) => (
              <OneField
                key={field.key}
                field={field}
                settings={settings}
                typed={typed[field.key]}
                error={errorOf(field.key)}
                onType={type}
              />
            ))}
          </Part>
        ))}
        {isElsewhere && <ErrorState error={problem} />}
        {isSaved && footer === undefined && (
          <Alert color="green" role="status">
            {t("saved")}
          </Alert>
        )}
        {footer === undefined ? (
          <SaveBar
            changes={Object.keys(changes).length}
            isSaving={change.isPending}
            onDiscard={() => {
              setTyped({});
              change.reset();
            }}
          >
            <CliHint command={commandOf(changes, fields)} />
          </SaveBar>
        ) : (
          footer(change.isPending)
        )}
      </Stack>
    </form>
  );
}

function Part({ title, children }: { title: string | undefined; children: ReactNode }) {
  return title === undefined ? children : <Section title={title}>{children}</Section>;
}

interface FieldProps {
  field: FieldKind;
  settings: Settings;
  typed: SettingValue | undefined;
  error: string | undefined;
  onType: (key: string, value: SettingValue) => void;
}

/** A field, unless the person may not see this setting. */
function OneField({ field, settings, typed, error, onType }: FieldProps) {
  const setting = settingOf(settings, field.key);
  if (setting === undefined) {
    return null;
  }
  return (
    <SettingField
      field={field}
      setting={setting}
      value={typed ?? (setting.value as SettingValue)}
      error={error}
      onChange={(value) => onType(field.key, value)}
    />
  );
}

/** `dropally config set` with what was typed; secrets are left out. */
function commandOf(changes: Record<string, SettingValue>, fields: readonly FieldKind[]): string {
  const secret = new Set(fields.filter((one) => one.kind === "secret").map((one) => one.key));
  const words = Object.entries(changes)
    .filter(([key]) => !secret.has(key))
    .map(([key, value]) => `${key}=${Array.isArray(value) ? JSON.stringify(value) : value}`);
  return command("config.set", { "key=value": words });
}
