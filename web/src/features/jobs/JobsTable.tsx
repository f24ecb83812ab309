import { Anchor, Stack, Text } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Pages } from "@/api/pages";
import type { Job } from "@/features/jobs/queries";
import { kindWords, subjectOf } from "@/features/jobs/titles";
import { type Column, DataTable } from "@/ui/DataTable";
import { Bytes, Count, Duration } from "@/ui/figures";
import { StatusWord } from "@/ui/StatusWord";
import { When } from "@/ui/When";

/** The list of jobs; a row opens its page. */
export function JobsTable({ list }: { list: Pages<Job> }) {
  const { t } = useTranslation("jobs");
  const navigate = useNavigate();
  const columns = useMemo<Column<Job>[]>(
    () => [
      {
        id: "job",
        header: t("column.job"),
        width: "minmax(180px, 3fr)",
        cell: (job) => <JobName job={job} />,
      },
      {
        id: "status",
        header: t("column.status"),
        width: "minmax(166px, 1fr)",
        cell: (job) => <StatusWord kind="job" status={job.status} />,
      },
      {
        id: "started",
        header: t("column.started"),
        width: "minmax(190px, 1fr)",
        cell: (job) => <When time={job.started_at ?? job.created_at} />,
      },
      {
        id: "duration",
        header: t("column.duration"),
        width: "94px",
        align: "end",
        cell: (job) => job.duration_s !== null && <Duration seconds={job.duration_s} />,
      },
      {
        id: "initiator",
        header: t("column.initiator"),
        width: "minmax(110px, 1fr)",
        cell: (job) => job.initiator.name,
      },
      {
        id: "items",
        header: t("column.items"),
        width: "84px",
        align: "end",
        cell: (job) => job.total_items !== null && <Count value={job.total_items} />,
      },
      {
        id: "size",
        header: t("column.size"),
        width: "84px",
        align: "end",
        cell: (job) => job.size_bytes !== null && <Bytes value={job.size_bytes} />,
      },
    ],
    [t],
  );
  return (
    <DataTable
      label={t("title")}
      columns={columns}
      rows={list.rows}
      rowId={(job) => job.id}
      onOpen={(job) => void navigate({ to: "/jobs/$jobId", params: { jobId: job.id } })}
      hasMore={list.hasMore}
      loadMore={list.loadMore}
      total={list.total}
    />
  );
}

/** Type and name, as two lines. */
function JobName({ job }: { job: Job }) {
  const { t } = useTranslation("jobs");
  return (
    <Stack gap={0}>
      <Anchor component={Link} to={`/jobs/${job.id}`} size="sm" fw={500} truncate>
        {kindWords(t, job.kind, job.kind_label)}
      </Anchor>
      <Text span size="xs" c="dimmed" truncate>
        {subjectOf(job)}
      </Text>
    </Stack>
  );
}
