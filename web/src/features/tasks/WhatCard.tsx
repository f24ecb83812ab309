import { Card, NumberInput, Stack, Switch, Title } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useTranslation } from "react-i18next";
import type { SettingsForm } from "@/features/tasks/settings-form";

const SWITCHES = [
  "auto_activate_members",
  "auto_activate_team_folders",
  "auto_activate_shared_folders",
  "index_content",
] as const;
const LONGEST_DAYS = 36_500;

/** What is taken up by itself, what is indexed, and what becomes of those who leave. */
export function WhatCard({ form }: { form: UseFormReturnType<SettingsForm> }) {
  const { t } = useTranslation("tasks");
  return (
    <Card withBorder padding="lg" component="section">
      <Stack gap="md">
        <Title order={2} size="h4">
          {t("what.title")}
        </Title>
        {SWITCHES.map((name) => (
          <Switch
            key={name}
            label={t(`what.${name}`)}
            description={t(`what.${name}.hint`)}
            {...form.getInputProps(name, { type: "checkbox" })}
          />
        ))}
        <NumberInput
          label={t("what.archived")}
          description={t("what.archivedHint")}
          placeholder={t("what.forEver")}
          min={1}
          max={LONGEST_DAYS}
          allowDecimal={false}
          {...form.getInputProps("archived_keep_days")}
        />
      </Stack>
    </Card>
  );
}
