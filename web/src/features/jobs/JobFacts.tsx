import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { JobDetail } from "@/features/jobs/queries";
import { type Fact, Facts } from "@/ui/Facts";
import { Bytes, Count, Duration } from "@/ui/figures";
import { When } from "@/ui/When";

/** When, who, from where to where, and how much. What is not known is left out. */
export function JobFacts({ job }: { job: JobDetail }) {
  const { t } = useTranslation("jobs");
  const facts: Fact[] = [
    [t("fact.requested"), <When key="requested" time={job.created_at} />],
    [t("fact.started"), job.started_at && <When time={job.started_at} />],
    [t("fact.ended"), job.ended_at && <When time={job.ended_at} />],
    [t("fact.duration"), job.duration_s !== null && <Duration seconds={job.duration_s} />],
    [t("fact.backupDate"), job.backup_time && <When time={job.backup_time} />],
    [t("fact.initiator"), job.initiator.name],
    [t("fact.canceledBy"), job.cancelled_by],
    [t("fact.service"), t(job.service === "dropbox" ? "service.dropbox" : "service.appliance")],
    [t("fact.account"), job.item],
    [t("fact.task"), job.task_name && <TaskLink job={job} />],
    [t("fact.destination"), job.destination],
    [t("fact.items"), job.total_items !== null && <Count value={job.total_items} />],
    [t("fact.size"), job.size_bytes !== null && <Bytes value={job.size_bytes} />],
    [t("fact.speed"), job.speed_bytes_s !== null && <Speed bytes={job.speed_bytes_s} />],
    [t("fact.calls"), job.api_calls > 0 && <Count value={job.api_calls} />],
    [t("fact.attempt"), job.attempt > 1 && <Count value={job.attempt} />],
    [t("fact.retryOf"), job.retry_of !== "" && <JobLink jobId={job.retry_of} />],
    [
      t("fact.retriedBy"),
      job.retried_by.length > 0 && job.retried_by.map((one) => <JobLink key={one} jobId={one} />),
    ],
  ];
  return <Facts facts={facts} width={260} />;
}

function Speed({ bytes }: { bytes: number }) {
  return (
    <>
      <Bytes value={bytes} />
      /s
    </>
  );
}

function TaskLink({ job }: { job: JobDetail }) {
  if (job.task_id === "") {
    return job.task_name;
  }
  return (
    <Anchor component={Link} to={`/tasks/${job.task_id}`} inherit>
      {job.task_name}
    </Anchor>
  );
}

function JobLink({ jobId }: { jobId: string }) {
  return (
    <Anchor component={Link} to={`/jobs/${jobId}`} inherit mr="xs">
      {jobId}
    </Anchor>
  );
}
