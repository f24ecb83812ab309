import { IconListCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { usePages } from "@/api/pages";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";
import { StatusWord } from "@/ui/StatusWord";
import { When } from "@/ui/When";

export function JobsPage() {
  const { t } = useTranslation("jobs");
  const list = usePages(keys.jobs, "/api/v1/jobs");
  const columns: Column<(typeof list.rows)[number]>[] = [
    { id: "title", header: t("column.title"), cell: (row) => row.title, width: "3fr" },
    {
      id: "status",
      header: t("column.status"),
      cell: (row) => <StatusWord kind="job" status={row.status} />,
    },
    { id: "created", header: t("column.created"), cell: (row) => <When time={row.created_at} /> },
  ];
  return (
    <>
      <PageHeader title={t("title")} />
      {list.error !== null && <ErrorState error={list.error} onRetry={list.retry} />}
      {list.isLoading && <Loading />}
      {list.error === null && !list.isLoading && list.rows.length === 0 && (
        <EmptyState icon={IconListCheck} title={t("empty")} text={t("emptyText")} />
      )}
      {list.rows.length > 0 && (
        <DataTable
          label={t("title")}
          columns={columns}
          rows={list.rows}
          rowId={(row) => row.id}
          hasMore={list.hasMore}
          loadMore={list.loadMore}
        />
      )}
    </>
  );
}
