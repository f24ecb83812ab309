import { Card, NativeSelect, Select, Stack, TextInput, Title } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useTranslation } from "react-i18next";
import type { SettingsForm } from "@/features/tasks/settings-form";

const FREQUENCIES = [
  "daily",
  "every-3-days",
  "weekly",
  "hourly",
  "every-6-hours",
  "continuous",
  "cron",
] as const;
const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const HOURS = Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, "0")}:00`);
const ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];

/** How often, and at which hour of which clock. */
export function PlanCard({ form }: { form: UseFormReturnType<SettingsForm> }) {
  const { t } = useTranslation("tasks");
  const { frequency, hour, zone } = form.values;
  const hours = HOURS.includes(hour) ? HOURS : [hour, ...HOURS];
  const zones = ZONES.includes(zone) ? ZONES : [zone, ...ZONES];
  return (
    <Card withBorder padding="lg" component="section">
      <Stack gap="sm">
        <Title order={2} size="h4">
          {t("plan.title")}
        </Title>
        <NativeSelect
          label={t("plan.frequency")}
          data={FREQUENCIES.map((one) => ({ value: one, label: t(`plan.frequency.${one}`) }))}
          {...form.getInputProps("frequency")}
        />
        {frequency === "weekly" && (
          <NativeSelect
            label={t("plan.weekday")}
            data={WEEKDAYS.map((one) => ({ value: one, label: t(`plan.weekday.${one}`) }))}
            {...form.getInputProps("weekday")}
          />
        )}
        {frequency === "cron" ? (
          <TextInput
            label={t("plan.cron")}
            description={t("plan.cronHint")}
            ff="monospace"
            {...form.getInputProps("cron")}
          />
        ) : (
          <NativeSelect label={t("plan.hour")} data={hours} {...form.getInputProps("hour")} />
        )}
        <Select label={t("plan.zone")} searchable data={zones} {...form.getInputProps("zone")} />
      </Stack>
    </Card>
  );
}
