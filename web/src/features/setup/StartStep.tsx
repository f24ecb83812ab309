import { Button, Group, Stack } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";
import { FirstBackup } from "@/features/setup/FirstBackup";
import { StepButtons } from "@/features/setup/StepButtons";
import { ownStorage, type Facts as SetupFacts } from "@/features/setup/steps";
import type { StepProps } from "@/features/setup/Wizard";
import { CheckRows } from "@/ui/CheckRows";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { ErrorState } from "@/ui/ErrorState";
import { type Fact, Facts } from "@/ui/Facts";
import { Loading } from "@/ui/Loading";
import { planWords } from "@/ui/plan-words";

type Task = components["schemas"]["TaskView"];

/** What was decided, and the first backup. */
export function StartStep({ facts }: StepProps) {
  const { t } = useTranslation("setup");
  const [task] = facts.tasks;
  const jobs = useQuery({
    queryKey: [keys.jobs, "first backup", task?.id ?? ""],
    queryFn: () =>
      answer(
        api.GET("/api/v1/jobs", {
          params: { query: { task: task?.id ?? "", kind: "backup", window: "all", limit: 1 } },
        }),
      ),
    enabled: task !== undefined,
  });
  const job = jobs.data?.items[0];
  const isBegun = job !== undefined;
  return (
    <>
      <Stack>
        <Summary facts={facts} />
        {jobs.error !== null && <ErrorState error={jobs.error} />}
        {task !== undefined && jobs.data !== undefined && !isBegun && (
          <>
            <PreFlight />
            <StartButton task={task} />
          </>
        )}
        {isBegun && <FirstBackup jobId={job.id} />}
      </Stack>
      <StepButtons step="start">
        <Button component={Link} to="/" variant={isBegun ? "filled" : "default"}>
          {t("start.home")}
        </Button>
      </StepButtons>
    </>
  );
}

/** What is needed before the first backup, looked at now. */
function PreFlight() {
  const { t } = useTranslation("setup");
  const flight = useQuery({
    queryKey: [keys.appliance, "pre-flight"],
    queryFn: () => answer(api.GET("/api/v1/appliance/pre-flight")),
  });
  if (flight.error !== null) {
    return <ErrorState error={flight.error} onRetry={() => void flight.refetch()} />;
  }
  return flight.data === undefined ? (
    <Loading rows={5} />
  ) : (
    <CheckRows checks={flight.data.items} label={t("start.checks")} />
  );
}

function Summary({ facts }: { facts: SetupFacts }) {
  const { t } = useTranslation("setup");
  const { t: words } = useTranslation("ui");
  const storage = ownStorage(facts);
  const [task] = facts.tasks;
  const lines: Fact[] = [
    [t("start.team"), task?.connection.team_name],
    [
      t("start.storage"),
      storage === undefined ? "" : `${storage.region_label} (${storage.location})`,
    ],
    [t("start.plan"), task && planWords(words, task.plan)],
    [
      t("start.keep"),
      task === undefined ? "" : t(`keep.${task.settings.retention?.mode ?? "unlimited"}`),
    ],
    [t("start.mail"), facts.sendsMail ? t("start.mailOn") : t("start.mailOff")],
  ];
  return <Facts facts={lines} width={220} />;
}

function StartButton({ task }: { task: Task }) {
  const { t } = useTranslation("setup");
  const queries = useQueryClient();
  const start = useMutation({
    mutationFn: () =>
      answer(api.POST("/api/v1/tasks/{task_id}/run", { params: { path: { task_id: task.id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: [keys.jobs] }),
  });
  return (
    <Stack>
      {start.error !== null && <ErrorState error={start.error} />}
      <Group justify="space-between">
        <Button
          leftSection={<IconPlayerPlay size={18} />}
          loading={start.isPending}
          onClick={() => start.mutate()}
        >
          {t("start.now")}
        </Button>
        <CliHint command={command("task.runAndWait", { task: task.name })} />
      </Group>
    </Stack>
  );
}
