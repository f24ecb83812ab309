import { Alert, Anchor, Card, Group, Stack, Text } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { ErrorState, sentence } from "@/ui/ErrorState";
import { Bytes, Duration } from "@/ui/figures";
import { Loading } from "@/ui/Loading";
import { PhaseList } from "@/ui/PhaseList";
import { StatusWord } from "@/ui/StatusWord";

/** The first backup as it goes on; it does so without this page, too. */
export function FirstBackup({ jobId }: { jobId: string }) {
  const { t } = useTranslation("setup");
  const job = useQuery({
    queryKey: [keys.jobs, jobId],
    queryFn: () =>
      answer(api.GET("/api/v1/jobs/{job_id}", { params: { path: { job_id: jobId } } })),
  });
  if (job.error !== null) {
    return <ErrorState error={job.error} onRetry={() => void job.refetch()} />;
  }
  if (job.data === undefined) {
    return <Loading rows={3} />;
  }
  const view = job.data;
  const { live } = view;
  const isDone = view.status === "succeeded" || view.status === "partially_succeeded";
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Group justify="space-between">
          <Text fw={600}>{t("start.firstBackup")}</Text>
          <StatusWord kind="job" status={view.status} />
        </Group>
        {live != null && (
          <>
            <PhaseList phases={live.phases} />
            {live.pause !== "" && <Text size="sm">{live.pause}</Text>}
          </>
        )}
        {view.error !== "" && <Text size="sm">{sentence(view.error)}</Text>}
        {isDone && (
          <Alert color="green" variant="light" icon={<IconCircleCheck />} title={t("start.done")}>
            <Text size="sm">
              <Bytes value={view.size_bytes ?? 0} /> · <Duration seconds={view.duration_s ?? 0} />
            </Text>
          </Alert>
        )}
        <Anchor component={Link} to={`/jobs/${jobId}`} size="sm">
          {t("start.details")}
        </Anchor>
        {!isDone && (
          <Text size="sm" c="dimmed">
            {t("start.canLeave")}
          </Text>
        )}
      </Stack>
    </Card>
  );
}
