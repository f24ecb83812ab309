import { Button, Group, NumberInput, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { type UseFormReturnType, useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";
import { PlanPreview } from "@/features/setup/PlanPreview";
import { FREQUENCIES, type PlanValues, planOf, retentionOf, WEEKDAYS } from "@/features/setup/plan";
import { StepButtons } from "@/features/setup/StepButtons";
import { timeZones } from "@/features/setup/time-zones";
import { useGoOn } from "@/features/setup/use-go-on";
import type { StepProps } from "@/features/setup/Wizard";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { ErrorState } from "@/ui/ErrorState";
import { useProblemForm } from "@/ui/problem-form";

const UNLIMITED = retentionOf({ mode: "unlimited" } as PlanValues);
type Task = components["schemas"]["TaskView"];
type PlanForm = UseFormReturnType<PlanValues>;

/** When backups run and how long they are kept, with what that means. */
export function ScheduleStep({ facts }: StepProps) {
  const [task] = facts.tasks;
  return task === undefined ? <StepButtons step="schedule" /> : <ScheduleForm task={task} />;
}

function ScheduleForm({ task }: { task: Task }) {
  const { t } = useTranslation("setup");
  const retention = task.settings.retention ?? UNLIMITED;
  const form = useForm<PlanValues>({
    initialValues: {
      frequency: task.plan.frequency,
      hour: task.plan.hour,
      weekday: task.plan.weekday,
      zone: task.plan.zone,
      mode: retention.mode,
      period: retention.period || "12mo",
      keep_daily: retention.keep_daily || 30,
      keep_weekly: retention.keep_weekly || 12,
      keep_monthly: retention.keep_monthly || 24,
    },
  });
  const goOn = useGoOn("schedule");
  const save = useSavePlan(task);
  const { submit, isSending, problem } = useProblemForm(
    form,
    async (values) => {
      await save(values);
      await goOn();
    },
    { "retention.period": "period" },
  );
  const { frequency, hour, zone } = form.values;
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack>
        <WhenFields form={form} />
        <KeepFields form={form} />
        <PlanPreview plan={planOf(task.plan, form.values)} taskId={task.id} />
        {problem !== null && <ErrorState error={problem} />}
        <Group>
          <CliHint command={command("task.set", { task: task.name, frequency, hour, zone })} />
        </Group>
      </Stack>
      <StepButtons step="schedule" canSkip>
        <Button type="submit" loading={isSending}>
          {t("continue")}
        </Button>
      </StepButtons>
    </form>
  );
}

function WhenFields({ form }: { form: PlanForm }) {
  const { t } = useTranslation("setup");
  const { frequency } = form.values;
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      <Select
        label={t("plan.frequency")}
        allowDeselect={false}
        data={FREQUENCIES.map((one) => ({ value: one, label: t(`plan.${one}`) }))}
        {...form.getInputProps("frequency")}
      />
      {frequency === "weekly" && (
        <Select
          label={t("plan.weekday")}
          allowDeselect={false}
          data={WEEKDAYS.map((one) => ({ value: one, label: t(`plan.${one}`) }))}
          {...form.getInputProps("weekday")}
        />
      )}
      <TextInput label={t("plan.hour")} type="time" required {...form.getInputProps("hour")} />
      <Select
        label={t("plan.zone")}
        data={timeZones()}
        searchable
        allowDeselect={false}
        {...form.getInputProps("zone")}
      />
    </SimpleGrid>
  );
}

function KeepFields({ form }: { form: PlanForm }) {
  const { t } = useTranslation("setup");
  const { mode } = form.values;
  return (
    <Stack gap="sm">
      <Select
        label={t("keep.mode")}
        allowDeselect={false}
        data={(["unlimited", "period", "gfs"] as const).map((one) => ({
          value: one,
          label: t(`keep.${one}`),
        }))}
        {...form.getInputProps("mode")}
      />
      {mode === "period" && (
        <TextInput
          label={t("keep.period.label")}
          description={t("keep.periodHint")}
          required
          {...form.getInputProps("period")}
        />
      )}
      {mode === "gfs" && (
        <SimpleGrid cols={{ base: 1, xs: 3 }}>
          <NumberInput label={t("keep.daily")} min={0} {...form.getInputProps("keep_daily")} />
          <NumberInput label={t("keep.weekly")} min={0} {...form.getInputProps("keep_weekly")} />
          <NumberInput label={t("keep.monthly")} min={0} {...form.getInputProps("keep_monthly")} />
        </SimpleGrid>
      )}
    </Stack>
  );
}

function useSavePlan(task: Task): (values: PlanValues) => Promise<void> {
  const queries = useQueryClient();
  return async (values) => {
    const settings = { ...task.settings, retention: retentionOf(values) };
    await answer(
      api.PATCH("/api/v1/tasks/{task_id}", {
        params: { path: { task_id: task.id }, header: { "If-Match": `"${task.modno}"` } },
        body: { plan: planOf(task.plan, values), settings },
      }),
    );
    await queries.invalidateQueries({ queryKey: [keys.tasks] });
  };
}
