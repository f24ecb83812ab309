import { IconRestore } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { usePages } from "@/api/pages";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";
import { When } from "@/ui/When";

export function RecoveryPage() {
  const { t } = useTranslation("recovery");
  const list = usePages(keys.tasks, "/api/v1/tasks");
  const columns: Column<(typeof list.rows)[number]>[] = [
    { id: "name", header: t("column.name"), cell: (row) => row.name, width: "2fr" },
    {
      id: "last",
      header: t("column.last"),
      cell: (row) => <When time={row.last_success} relative />,
    },
  ];
  return (
    <>
      <PageHeader title={t("title")} />
      {list.error !== null && <ErrorState error={list.error} onRetry={list.retry} />}
      {list.isLoading && <Loading />}
      {list.error === null && !list.isLoading && list.rows.length === 0 && (
        <EmptyState icon={IconRestore} title={t("empty")} text={t("emptyText")} />
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
