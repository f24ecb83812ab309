import { Card, Group, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { JobProgress } from "@/features/jobs/JobProgress";
import type { Job } from "@/features/jobs/queries";
import { kindWords } from "@/features/jobs/titles";
import { isUnfinished, useJob } from "@/features/storage/storage-jobs";
import { AnchorLink } from "@/ui/RouteLinks";
import { StatusWord } from "@/ui/StatusWord";

/** What waits or runs, with how far it is. */
export function RunningJobs({ jobs }: { jobs: readonly Job[] }) {
  const running = jobs.filter(isUnfinished);
  return running.length === 0 ? null : (
    <Stack gap="sm" mb="lg" aria-live="polite">
      {running.map((job) => (
        <Running key={job.id} job={job} />
      ))}
    </Stack>
  );
}

function Running({ job }: { job: Job }) {
  const { t } = useTranslation("jobs");
  const detail = useJob(job.id);
  return (
    <Card withBorder padding="md">
      <Stack gap="sm">
        <Group justify="space-between">
          <AnchorLink to="/jobs/$jobId" params={{ jobId: job.id }} fw={500}>
            {kindWords(t, job.kind, job.kind_label)}
          </AnchorLink>
          <StatusWord kind="job" status={detail?.status ?? job.status} />
        </Group>
        {detail !== undefined && isUnfinished(detail) && <JobProgress job={detail} />}
      </Stack>
    </Card>
  );
}
