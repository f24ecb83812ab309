import { NumberInput, Select, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Setting, SettingValue } from "@/api/settings";
import { PasswordField } from "@/ui/PasswordField";

/** How one key of the settings is shown and typed. */
export interface FieldKind {
  key: string;
  kind: "text" | "number" | "switch" | "choice" | "lines" | "secret";
  /** Of a choice, as dropally.toml writes them. */
  choices?: readonly string[];
}

interface Props {
  field: FieldKind;
  setting: Setting;
  value: SettingValue;
  onChange: (value: SettingValue) => void;
  error: string | undefined;
}

/** One setting, with its lock where dropally.toml or the environment decides. */
export function SettingField({ field, setting, value, onChange, error }: Props) {
  const { t } = useTranslation("settings");
  const label = t(`key.${field.key}` as "key.server.base_url");
  const isLocked = setting.locked_by !== "";
  const given = { label, error, disabled: isLocked };
  return (
    <Stack gap={4}>
      <Control {...given} field={field} value={value} onChange={onChange} />
      {isLocked && (
        <Text size="xs" c="dimmed">
          <IconLock size={12} aria-hidden /> {t("locked", { place: setting.locked_by })}
        </Text>
      )}
      {setting.waits_for_restart && (
        <Text size="xs" c="dimmed">
          {t("waitsForRestart")}
        </Text>
      )}
    </Stack>
  );
}

interface ControlProps {
  label: string;
  error: string | undefined;
  disabled: boolean;
  field: FieldKind;
  value: SettingValue;
  onChange: (value: SettingValue) => void;
}

function Control({ field, value, onChange, ...given }: ControlProps) {
  const { t } = useTranslation("settings");
  switch (field.kind) {
    case "switch":
      return (
        <Switch
          {...given}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case "number":
      return (
        <NumberInput
          {...given}
          value={Number(value)}
          onChange={(typed) => onChange(typed === "" ? null : Number(typed))}
        />
      );
    case "choice":
      return (
        <Select
          {...given}
          allowDeselect={false}
          value={String(value)}
          data={(field.choices ?? []).map((one) => ({
            value: one,
            label: t(`choice.${one}` as "choice.daily", { defaultValue: one }),
          }))}
          onChange={(chosen) => onChange(chosen)}
        />
      );
    case "lines":
      return (
        <Textarea
          {...given}
          autosize
          minRows={2}
          value={Array.isArray(value) ? value.join("\n") : String(value ?? "")}
          onChange={(event) =>
            onChange(event.currentTarget.value.split("\n").filter((line) => line.trim() !== ""))
          }
        />
      );
    case "secret":
      return (
        <PasswordField
          {...given}
          autoComplete="off"
          value={String(value ?? "")}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    default:
      return (
        <TextInput
          {...given}
          autoComplete="off"
          value={String(value ?? "")}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
  }
}
