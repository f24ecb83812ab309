import { IconActivity } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { usePages } from "@/api/pages";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";
import { When } from "@/ui/When";

export function ActivityPage() {
  const { t } = useTranslation("activity");
  const list = usePages(keys.activity, "/api/v1/activity");
  const columns: Column<(typeof list.rows)[number]>[] = [
    {
      id: "time",
      header: t("column.time"),
      cell: (row) => <When time={row.time} />,
      width: "200px",
    },
    { id: "text", header: t("column.text"), cell: (row) => row.message },
  ];
  return (
    <>
      <PageHeader title={t("title")} />
      {list.error !== null && <ErrorState error={list.error} onRetry={list.retry} />}
      {list.isLoading && <Loading />}
      {list.error === null && !list.isLoading && list.rows.length === 0 && (
        <EmptyState icon={IconActivity} title={t("empty")} text={t("emptyText")} />
      )}
      {list.rows.length > 0 && (
        <DataTable
          label={t("title")}
          columns={columns}
          rows={list.rows}
          rowId={(row) => String(row.id)}
          hasMore={list.hasMore}
          loadMore={list.loadMore}
        />
      )}
    </>
  );
}
