import { Alert, Button, Group, SimpleGrid, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { useCan } from "@/api/me";
import { asProblem } from "@/api/problem";
import { EarlierRetentions } from "@/features/tasks/EarlierRetentions";
import { HoldsCard } from "@/features/tasks/holds/HoldsCard";
import { PlanCard } from "@/features/tasks/PlanCard";
import { PreviewCard } from "@/features/tasks/PreviewCard";
import { type Task, taskQuery } from "@/features/tasks/queries";
import { RetentionCard } from "@/features/tasks/RetentionCard";
import { RetentionForecast } from "@/features/tasks/RetentionForecast";
import {
  planOfForm,
  retentionOfForm,
  type SettingsForm,
  settingsOfForm,
  valuesOf,
} from "@/features/tasks/settings-form";
import { WhatCard } from "@/features/tasks/WhatCard";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { ErrorState } from "@/ui/ErrorState";
import { useProblemForm } from "@/ui/problem-form";
import { changesBetween, SaveBar } from "@/ui/SaveBar";

const route = getRouteApi("/shell/tasks/$taskId/settings");
const CHANGED_MEANWHILE = 412;

/** The settings of a task. */
export function SettingsTab() {
  const { taskId } = route.useParams();
  const task = useQuery(taskQuery(taskId)).data;
  // What is being edited stays as it is when events bring a newer task.
  const [opened, setOpened] = useState<Task | null>(null);
  const shown = opened ?? task ?? null;
  if (shown === null) {
    return null;
  }
  return (
    <>
      <SettingsEditor
        key={`${shown.id} ${shown.modno}`}
        task={shown}
        onOpen={() => setOpened(shown)}
        onReload={() => setOpened(null)}
      />
      <HoldsCard task={shown} />
    </>
  );
}

interface EditorProps {
  task: Task;
  onOpen: () => void;
  onReload: () => void;
}

function SettingsEditor({ task, onOpen, onReload }: EditorProps) {
  const { t } = useTranslation("tasks");
  const queries = useQueryClient();
  const mayChange = useCan("task.settings", { taskId: task.id });
  const form = useForm<SettingsForm>({
    initialValues: valuesOf(task),
    onValuesChange: onOpen,
  });
  const save = useProblemForm(
    form,
    async (values) => {
      await answer(
        api.PATCH("/api/v1/tasks/{task_id}", {
          params: { path: { task_id: task.id }, header: { "If-Match": `"${task.modno}"` } },
          body: { settings: settingsOfForm(values, task), plan: planOfForm(values, task) },
        }),
      );
      form.resetDirty();
      onReload();
      await queries.invalidateQueries({ queryKey: [keys.tasks] });
      notifications.show({ message: t("settings.saved") });
    },
    { "retention.period": "period" },
  );
  const reload = async () => {
    await queries.invalidateQueries({ queryKey: [keys.tasks] });
    onReload();
  };
  const isOvertaken = asProblem(save.problem).status === CHANGED_MEANWHILE;
  return (
    <form onSubmit={form.onSubmit(save.submit)} noValidate>
      <EarlierRetentions task={task} mayChange={mayChange} onTakeBack={form.setValues} />
      <fieldset disabled={!mayChange} style={{ border: 0, padding: 0, margin: 0, minWidth: 0 }}>
        <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
          <Stack gap="md">
            <PlanCard form={form} />
            <WhatCard form={form} />
          </Stack>
          <PreviewCard taskId={task.id} plan={planOfForm(form.values, task)} />
          <RetentionCard form={form} task={task} />
          <RetentionForecast taskId={task.id} retention={retentionOfForm(form.values)} />
        </SimpleGrid>
        <Stack gap="sm" my="md">
          {isOvertaken ? (
            <Alert color="yellow" role="alert" title={t("settings.overtaken")}>
              <Group>
                {t("settings.overtakenText")}
                <Button size="xs" variant="default" onClick={() => void reload()}>
                  {t("settings.reload")}
                </Button>
              </Group>
            </Alert>
          ) : (
            save.problem !== null && <ErrorState error={save.problem} />
          )}
        </Stack>
        <SaveBar
          changes={changesBetween(form.getInitialValues(), form.values)}
          isSaving={save.isSending}
          onDiscard={() => form.reset()}
        >
          <CliHint
            command={[
              command("task.set", planWords(task.name, form.values)),
              command("task.retentionPreview", keepWords(task.name, form.values)),
            ]}
          />
        </SaveBar>
      </fieldset>
    </form>
  );
}

/** The values of the plan as the command takes them: a cron line stands instead of an hour. */
function planWords(task: string, { frequency, hour, weekday, cron, zone }: SettingsForm) {
  return {
    task,
    frequency,
    hour: frequency === "cron" ? "" : hour,
    weekday: frequency === "weekly" ? weekday : "",
    cron: frequency === "cron" ? cron : "",
    zone,
  };
}

function keepWords(task: string, values: SettingsForm) {
  const { mode, period, ...keep } = retentionOfForm(values);
  return {
    task,
    mode,
    period,
    last: keep.keep_last || "",
    daily: keep.keep_daily || "",
    weekly: keep.keep_weekly || "",
    monthly: keep.keep_monthly || "",
    yearly: keep.keep_yearly || "",
  };
}
