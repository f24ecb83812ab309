import { Alert } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { isUnfinished, useJob } from "@/features/storage/storage-jobs";
import { ErrorState } from "@/ui/ErrorState";
import { formatBytes } from "@/ui/figures";

/** What the dry run of a copy found. */
export function WouldCopy({ jobId }: { jobId: string }) {
  const { t, i18n } = useTranslation("storage");
  const job = useJob(jobId);
  if (job === undefined || isUnfinished(job)) {
    return null;
  }
  if (job.error !== "") {
    return <ErrorState error={new Error(job.error)} />;
  }
  return (
    <Alert color="blue" variant="light" role="status" icon={<IconInfoCircle />}>
      {t("move.would", {
        count: Number(job.summary.would_copy ?? 0),
        size: formatBytes(Number(job.summary.bytes ?? 0), i18n.language),
      })}
    </Alert>
  );
}
