import {
  Card,
  NativeSelect,
  NumberInput,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useTranslation } from "react-i18next";
import type { Task } from "@/features/tasks/queries";
import type { SettingsForm } from "@/features/tasks/settings-form";
import { AnchorLink } from "@/ui/RouteLinks";

const MODES = ["unlimited", "period", "gfs"] as const;
const KEEPS = ["keep_last", "keep_daily", "keep_weekly", "keep_monthly", "keep_yearly"] as const;
const MOST_KEPT = 10_000;

/** How long backups are kept, and where. */
export function RetentionCard({
  form,
  task,
}: {
  form: UseFormReturnType<SettingsForm>;
  task: Task;
}) {
  const { t } = useTranslation("tasks");
  return (
    <Card withBorder padding="lg" component="section" style={{ alignSelf: "start" }}>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {t("retention.title")}
        </Title>
        <NativeSelect
          label={t("retention.mode")}
          data={MODES.map((one) => ({ value: one, label: t(`retention.mode.${one}`) }))}
          {...form.getInputProps("mode")}
        />
        {form.values.mode === "period" && (
          <TextInput
            label={t("retention.period")}
            description={t("retention.periodHint")}
            {...form.getInputProps("period")}
          />
        )}
        {form.values.mode === "gfs" && (
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            {KEEPS.map((name) => (
              <NumberInput
                key={name}
                label={t(`retention.${name}`)}
                min={0}
                max={MOST_KEPT}
                allowDecimal={false}
                {...form.getInputProps(name)}
              />
            ))}
          </SimpleGrid>
        )}
        <Text size="sm">
          {t("retention.storage")} <b>{task.region_label}</b>
        </Text>
        <Text size="sm" c="dimmed">
          {t("retention.storageHint")}
        </Text>
        <AnchorLink
          to="/storage/$storageId"
          params={{ storageId: task.storage_id }}
          search={{ tab: "move" }}
          size="sm"
        >
          {t("retention.move")}
        </AnchorLink>
      </Stack>
    </Card>
  );
}
