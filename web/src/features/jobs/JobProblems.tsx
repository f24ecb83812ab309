import { Accordion, Button, Code, Group, List, Stack, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { usePages } from "@/api/pages";
import { useRetry } from "@/features/jobs/JobActions";
import type { JobDetail } from "@/features/jobs/queries";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { ErrorState, sentence } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";

/** What went wrong, grouped by its cause; each group opens to its items. */
export function JobProblems({ job }: { job: JobDetail }) {
  const { t } = useTranslation("jobs");
  const retry = useRetry(job.id);
  const [open, setOpen] = useState<string | null>(null);
  const isRunning = job.ended_at === null;
  const mayNarrow = job.can_retry && !isRunning && job.retries_by_cause && job.causes.length > 1;
  return (
    <Stack align="stretch">
      {job.can_retry && !isRunning && (
        <Group>
          <Button
            variant="light"
            leftSection={<IconRefresh size={16} />}
            loading={retry.isPending}
            onClick={() => retry.mutate("failed")}
          >
            {t("action.retryThese", { count: job.problems })}
          </Button>
          <CliHint command={command("job.retryFailed", { job: job.id })} />
        </Group>
      )}
      <Accordion variant="separated" value={open} onChange={setOpen} order={3}>
        {job.causes.map((one) => (
          <Accordion.Item key={one.cause} value={one.cause}>
            <Accordion.Control>
              <Text span fw={500}>
                {t("problem.cause", { count: one.items, cause: causeWords(one.cause) })}
              </Text>
              {one.hint !== "" && (
                <Text size="sm" c="dimmed">
                  {sentence(one.hint)}
                </Text>
              )}
            </Accordion.Control>
            <Accordion.Panel>
              {mayNarrow && <RetryByCause job={job} {...one} retry={retry} />}
              {open === one.cause && <Items jobId={job.id} cause={one.cause} />}
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
    </Stack>
  );
}

interface RetryProps {
  job: JobDetail;
  cause: string;
  items: number;
  retry: ReturnType<typeof useRetry>;
}

/** Says so where the appliance cannot tell all items of a cause, and repeats everything instead. */
function RetryByCause({ job, cause, items, retry }: RetryProps) {
  const { t } = useTranslation("jobs");
  const isWhole = job.unnarrowed_causes.includes(cause);
  return (
    <Stack gap="xs" mb="sm">
      <Group justify="space-between">
        <Button
          variant="default"
          size="xs"
          leftSection={<IconRefresh size={16} />}
          loading={retry.isPending}
          onClick={() => retry.mutate({ cause })}
        >
          {isWhole ? t("action.retryWhole") : t("action.retryThese", { count: items })}
        </Button>
        <CliHint command={command("job.retry", { job: job.id, cause })} />
      </Group>
      {isWhole && (
        <Text size="sm" c="dimmed">
          {t("problem.whole")}
        </Text>
      )}
    </Stack>
  );
}

/** `restricted_content` as words; what are words already stays. */
function causeWords(cause: string): string {
  return sentence(cause.replaceAll("_", " "));
}

function Items({ jobId, cause }: { jobId: string; cause: string }) {
  const { t } = useTranslation("jobs");
  const list = usePages(keys.jobs, "/api/v1/jobs/{job_id}/problems", {
    path: { job_id: jobId },
    query: { cause },
  });
  if (list.error !== null) {
    return <ErrorState error={list.error} onRetry={list.retry} />;
  }
  if (list.isLoading) {
    return <Loading rows={2} />;
  }
  return (
    <Stack gap="sm">
      <List size="sm" spacing={4}>
        {list.rows.map((row) => (
          <List.Item key={row.item + row.message}>
            <Code>{row.item}</Code> {row.message}
          </List.Item>
        ))}
      </List>
      {list.hasMore && (
        <Button
          variant="subtle"
          size="compact-sm"
          loading={list.isLoadingMore}
          onClick={list.loadMore}
        >
          {t("problem.more")}
        </Button>
      )}
      {list.total !== null && !list.hasMore && list.rows.length < list.total && (
        <Text size="sm" c="dimmed">
          {t("problem.kept", { count: list.rows.length })}
        </Text>
      )}
    </Stack>
  );
}
