import { Button, Group, Radio, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { FoundInTeam } from "@/features/setup/FoundInTeam";
import { StepButtons } from "@/features/setup/StepButtons";
import type { Facts } from "@/features/setup/steps";
import { ownTimeZone } from "@/features/setup/time-zones";
import type { StepProps } from "@/features/setup/Wizard";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { ErrorState } from "@/ui/ErrorState";
import { useProblemForm } from "@/ui/problem-form";

/** Whom and what to back up. The task is made here, so that the team is looked at meanwhile. */
export function ProtectStep({ facts }: StepProps) {
  const task = facts.tasks[0];
  if (task === undefined) {
    return <TaskForm facts={facts} />;
  }
  return (
    <>
      <FoundInTeam task={task} />
      <StepButtons step="protect" />
    </>
  );
}

function TaskForm({ facts }: { facts: Facts }) {
  const { t } = useTranslation("setup");
  const team = facts.connections.find((one) => one.state === "Connected");
  const form = useForm({
    initialValues: { name: team?.team_name ?? "", activate: "all" as "all" | "none" },
  });
  const create = useCreateTask(team?.id ?? "");
  const { submit, isSending, problem } = useProblemForm(form, create);
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack>
        <Radio.Group label={t("protect.what")} {...form.getInputProps("activate")}>
          <Stack gap="sm" mt="xs">
            <Radio value="all" label={t("protect.all")} description={t("protect.allText")} />
            <Radio value="none" label={t("protect.pick")} description={t("protect.pickText")} />
          </Stack>
        </Radio.Group>
        <TextInput label={t("protect.name")} required {...form.getInputProps("name")} />
        <Text size="sm" c="dimmed">
          {t("protect.once")}
        </Text>
        {problem !== null && <ErrorState error={problem} />}
        <Group>
          <CliHint command={command("task.add", form.values)} />
        </Group>
      </Stack>
      <StepButtons step="protect">
        <Button type="submit" loading={isSending}>
          {t("protect.submit")}
        </Button>
      </StepButtons>
    </form>
  );
}

function useCreateTask(connectionId: string) {
  const queries = useQueryClient();
  return async (form: { name: string; activate: "all" | "none" }): Promise<void> => {
    const plan = {
      frequency: "daily" as const,
      hour: "03:00",
      weekday: "sun" as const,
      zone: ownTimeZone(),
      jitter_s: 600,
      cron: "",
      spread_key: "",
    };
    const body = { ...form, connection_id: connectionId, storage_id: "", plan };
    await answer(api.POST("/api/v1/tasks", { body }));
    await queries.invalidateQueries({ queryKey: [keys.tasks] });
  };
}
