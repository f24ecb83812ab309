import { Button, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconChevronDown, IconListDetails, IconPlayerStop, IconRefresh } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { DownloadResults } from "@/features/jobs/DownloadResults";
import { cancelJob, type JobDetail, type RetryWish, retryJob } from "@/features/jobs/queries";
import { CliHint } from "@/ui/CliHint";
import { useConfirm } from "@/ui/ConfirmDialog";
import { command } from "@/ui/commands";
import { sentence } from "@/ui/ErrorState";

/** What can be done with a job, as far as the person may. */
export function JobActions({ job }: { job: JobDetail }) {
  const { t } = useTranslation("jobs");
  const isRunning = job.status === "in_progress" || job.status === "pending";
  return (
    <>
      <DownloadResults job={job} />
      {job.can_cancel && isRunning && <CancelButton job={job} />}
      {job.can_retry && !isRunning && <RetryButton job={job} />}
      <Button
        variant="default"
        component={Link}
        to={`/activity/system?job=${job.id}`}
        leftSection={<IconListDetails size={16} />}
      >
        {t("action.viewLog")}
      </Button>
      <CliHint command={commandsOf(job, isRunning)} />
    </>
  );
}

function commandsOf(job: JobDetail, isRunning: boolean): string[] {
  const which = { job: job.id };
  if (isRunning) {
    return [command("job.watch", which), ...(job.can_cancel ? [command("job.cancel", which)] : [])];
  }
  return [
    command("job.show", which),
    command("job.log", which),
    ...(job.can_retry ? [command("job.retry", which)] : []),
  ];
}

function CancelButton({ job }: { job: JobDetail }) {
  const { t } = useTranslation("jobs");
  const queries = useQueryClient();
  const confirm = useConfirm();
  return (
    <Button
      variant="default"
      disabled={job.is_cancelling}
      leftSection={<IconPlayerStop size={16} />}
      onClick={() =>
        confirm({
          title: t("cancel.title"),
          text: t("cancel.text"),
          confirmLabel: t("action.cancel"),
          command: command("job.cancel", { job: job.id }),
          danger: true,
          onConfirm: async () => {
            await cancelJob(job.id);
            await queries.invalidateQueries({ queryKey: [keys.jobs] });
          },
        })
      }
    >
      {t(job.is_cancelling ? "action.cancelling" : "action.cancel")}
    </Button>
  );
}

/** Does the job again; with a menu where something of it went wrong. */
function RetryButton({ job }: { job: JobDetail }) {
  const { t } = useTranslation("jobs");
  const retry = useRetry(job.id);
  if (job.problems === 0) {
    return (
      <Button
        variant="default"
        leftSection={<IconRefresh size={16} />}
        loading={retry.isPending}
        onClick={() => retry.mutate("all")}
      >
        {t("action.retry")}
      </Button>
    );
  }
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <Button
          variant="default"
          loading={retry.isPending}
          leftSection={<IconRefresh size={16} />}
          rightSection={<IconChevronDown size={14} />}
        >
          {t("action.retry")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => retry.mutate("failed")}>
          {t("action.retryThese", { count: job.problems })}
        </Menu.Item>
        <Menu.Item onClick={() => retry.mutate("all")}>{t("action.retryAll")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Makes the new job and opens its page. */
export function useRetry(jobId: string) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (wish: RetryWish) => retryJob(jobId, wish),
    onSuccess: async (made) => {
      void queries.invalidateQueries({ queryKey: [keys.jobs] });
      await navigate({ to: "/jobs/$jobId", params: { jobId: made.id } });
    },
    onError: (error) => {
      const problem = asProblem(error);
      notifications.show({
        color: "red",
        title: sentence(problem.message),
        message: sentence(problem.hint),
      });
    },
  });
}
