import { Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { JobProgress } from "@/features/jobs/JobProgress";
import { isUnfinished, useJob } from "@/features/storage/storage-jobs";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { AnchorLink } from "@/ui/RouteLinks";
import { StatusWord } from "@/ui/StatusWord";

const SHOWS_ITEMS: ReadonlySet<string> = new Set([keys.trees, keys.points, keys.entities]);

/** How far the erasure is; what pages still show of the items is asked for anew after this. */
export function ErasureStarted({ jobId }: { jobId: string }) {
  const { t } = useTranslation("erasure");
  const queries = useQueryClient();
  const job = useJob(jobId);
  const hasEnded = job !== undefined && !isUnfinished(job);
  useEffect(
    () => () => {
      void queries.invalidateQueries({
        predicate: ({ queryKey }) => SHOWS_ITEMS.has(String(queryKey[0])),
      });
    },
    [queries],
  );
  if (job === undefined) {
    return <Loading rows={3} />;
  }
  return (
    <Stack aria-live="polite">
      <StatusWord kind="job" status={job.status} />
      {!hasEnded && <JobProgress job={job} />}
      {job.error !== "" && <ErrorState error={new Error(job.error)} />}
      {job.status === "succeeded" && <Text>{t("done")}</Text>}
      <AnchorLink to="/activity/erasures">{t("certificates")}</AnchorLink>
      <AnchorLink to="/jobs/$jobId" params={{ jobId }}>
        {t("job")}
      </AnchorLink>
    </Stack>
  );
}
