import { IconActivity } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { usePages } from "@/api/pages";
import { activityWords } from "@/features/activity/words";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { When } from "@/ui/When";

const route = getRouteApi("/shell/tasks/$taskId");

/** What Dropally did for this task, the newest first. */
export function LogTab() {
  const { t } = useTranslation("tasks");
  const { t: words } = useTranslation("activity");
  const { taskId } = route.useParams();
  const list = usePages(keys.activity, "/api/v1/activity", {
    query: { task: taskId, window: "all" },
  });
  const columns: Column<(typeof list.rows)[number]>[] = [
    { id: "time", header: t("log.time"), width: "190px", cell: (row) => <When time={row.time} /> },
    {
      id: "what",
      header: t("log.what"),
      width: "160px",
      cell: (row) => activityWords(words, row.activity, row.activity_label),
    },
    { id: "message", header: t("log.message"), cell: (row) => row.message },
  ];
  if (list.error !== null) {
    return <ErrorState error={list.error} onRetry={list.retry} />;
  }
  if (list.isLoading) {
    return <Loading />;
  }
  if (list.rows.length === 0) {
    return <EmptyState icon={IconActivity} title={t("log.empty")} text={t("log.emptyText")} />;
  }
  return (
    <DataTable
      label={t("tab.log")}
      columns={columns}
      rows={list.rows}
      rowId={(row) => String(row.id)}
      hasMore={list.hasMore}
      loadMore={list.loadMore}
      height="calc(100dvh - 280px)"
    />
  );
}
