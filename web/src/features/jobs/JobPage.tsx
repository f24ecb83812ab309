import { Alert, Group, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconBulb } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import { JobActions } from "@/features/jobs/JobActions";
import { JobCounters } from "@/features/jobs/JobCounters";
import { JobFacts } from "@/features/jobs/JobFacts";
import { JobLog } from "@/features/jobs/JobLog";
import { JobProblems } from "@/features/jobs/JobProblems";
import { JobProgress } from "@/features/jobs/JobProgress";
import { type JobDetail, jobQuery, usePolling } from "@/features/jobs/queries";
import { kindWords, subjectOf } from "@/features/jobs/titles";
import { ErrorState, sentence } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";
import { StatusWord } from "@/ui/StatusWord";

const route = getRouteApi("/shell/jobs/$jobId");

/** One job: how it stands or how it went, what went wrong, and its log. */
export function JobPage() {
  const { t } = useTranslation("jobs");
  const { jobId } = route.useParams();
  const refetchInterval = usePolling();
  const found = useQuery({ ...jobQuery(jobId), refetchInterval });
  const crumbs = [{ label: t("title"), to: "/jobs" }];
  if (found.data === undefined) {
    return (
      <>
        <PageHeader title={t("job")} crumbs={crumbs} />
        {found.error === null ? (
          <Loading />
        ) : (
          <ErrorState error={found.error} onRetry={() => void found.refetch()} />
        )}
      </>
    );
  }
  const job = found.data;
  const isRunning = job.status === "in_progress" || job.status === "pending";
  return (
    <>
      <PageHeader
        title={kindWords(t, job.kind, job.kind_label)}
        crumbs={crumbs}
        description={
          <Group gap="md">
            <Text span>{subjectOf(job)}</Text>
            <StatusWord kind="job" status={job.status} />
          </Group>
        }
        actions={<JobActions job={job} />}
      />
      <Stack gap="xl">
        <Outcome job={job} />
        {isRunning ? (
          <Section title={t("section.progress")}>
            <JobProgress job={job} />
          </Section>
        ) : null}
        <Section title={t("section.facts")}>
          <JobFacts job={job} />
        </Section>
        <JobCounters job={job} />
        {job.causes.length > 0 && (
          <Section title={t("section.problems")}>
            <JobProblems job={job} />
          </Section>
        )}
        <Section title={t("section.log")}>
          <JobLog jobId={job.id} isRunning={isRunning} />
        </Section>
      </Stack>
    </>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <Title order={2} size="h4" id={id} mb="sm">
        {title}
      </Title>
      {children}
    </section>
  );
}

/** Why a job failed and what to do next. */
function Outcome({ job }: { job: JobDetail }) {
  if (job.error === "") {
    return null;
  }
  const isFailed = job.status === "failed";
  return (
    <Alert
      color={isFailed ? "red" : "yellow"}
      variant="light"
      icon={<IconAlertTriangle />}
      title={sentence(job.error)}
    >
      {job.hint !== "" && (
        <Group gap={6} wrap="nowrap" align="flex-start">
          <IconBulb size={18} stroke={1.7} aria-hidden />
          <Text size="sm">{sentence(job.hint)}</Text>
        </Group>
      )}
    </Alert>
  );
}
