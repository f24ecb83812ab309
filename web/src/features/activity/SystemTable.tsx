import { ActionIcon } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Pages } from "@/api/pages";
import type { components } from "@/api/schema";
import { activityWords, serviceWords } from "@/features/activity/words";
import { type Column, DataTable } from "@/ui/DataTable";
import { StatusWord } from "@/ui/StatusWord";
import { When } from "@/ui/When";

type Row = components["schemas"]["activity_ActivityView"];

/** One row for each thing that was done. */
export function SystemTable({ list, onInfo }: { list: Pages<Row>; onInfo: (row: Row) => void }) {
  const { t } = useTranslation("activity");
  const columns = useMemo<Column<Row>[]>(
    () => [
      {
        id: "activity",
        header: t("column.activity"),
        width: "minmax(110px, 1fr)",
        cell: (row) => activityWords(t, row.activity, row.activity_label),
      },
      {
        id: "time",
        header: t("column.time"),
        width: "minmax(190px, 1.2fr)",
        cell: (row) => <When time={row.time} />,
      },
      {
        id: "service",
        header: t("column.service"),
        width: "minmax(88px, 0.7fr)",
        hideOnPhone: true,
        cell: (row) => serviceWords(t, row.service),
      },
      {
        id: "subService",
        header: t("column.subService"),
        width: "minmax(106px, 0.8fr)",
        hideOnPhone: true,
        cell: (row) => row.sub_service,
      },
      {
        id: "status",
        header: t("column.status"),
        width: "minmax(166px, 1fr)",
        cell: (row) => <StatusWord kind="job" status={row.status} />,
      },
      {
        id: "task",
        header: t("column.task"),
        width: "minmax(90px, 1fr)",
        cell: (row) => row.task_name,
      },
      {
        id: "item",
        header: t("column.item"),
        width: "minmax(140px, 2fr)",
        cell: (row) => row.item,
      },
      {
        id: "info",
        header: t("column.info"),
        width: "56px",
        align: "end",
        cell: (row) => <InfoButton row={row} onInfo={onInfo} />,
      },
    ],
    [t, onInfo],
  );
  return (
    <DataTable
      label={t("tab.system")}
      columns={columns}
      rows={list.rows}
      rowId={(row) => String(row.id)}
      onOpen={onInfo}
      hasMore={list.hasMore}
      loadMore={list.loadMore}
      total={list.total}
    />
  );
}

function InfoButton({ row, onInfo }: { row: Row; onInfo: (row: Row) => void }) {
  const { t } = useTranslation("activity");
  const name = activityWords(t, row.activity, row.activity_label);
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={t("info.of", { activity: name, item: row.item })}
      onClick={() => onInfo(row)}
    >
      <IconInfoCircle size={18} />
    </ActionIcon>
  );
}
