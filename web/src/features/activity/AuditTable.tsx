import { ActionIcon } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Pages } from "@/api/pages";
import type { components } from "@/api/schema";
import { eventWords, serviceWords } from "@/features/activity/words";
import { type Column, DataTable } from "@/ui/DataTable";
import { StatusWord } from "@/ui/StatusWord";
import { When } from "@/ui/When";

type Row = components["schemas"]["AuditRow"];

/** One row for each event; what does not fit is in its dialog. */
export function AuditTable({ list, onInfo }: { list: Pages<Row>; onInfo: (row: Row) => void }) {
  const { t } = useTranslation("activity");
  const columns = useMemo<Column<Row>[]>(
    () => [
      {
        id: "time",
        header: t("column.date"),
        width: "minmax(190px, 1fr)",
        cell: (row) => <When time={row.at} />,
      },
      {
        id: "event",
        header: t("column.event"),
        width: "minmax(124px, 1fr)",
        cell: (row) => eventWords(t, row.activity, row.label),
      },
      {
        id: "service",
        header: t("column.service"),
        width: "minmax(80px, 0.5fr)",
        hideOnPhone: true,
        cell: (row) => serviceWords(t, row.service),
      },
      {
        id: "status",
        header: t("column.status"),
        width: "minmax(126px, 0.7fr)",
        cell: (row) => <StatusWord kind="audit" status={row.status} />,
      },
      {
        id: "task",
        header: t("column.task"),
        width: "minmax(104px, 0.7fr)",
        hideOnPhone: true,
        cell: (row) => row.task,
      },
      {
        id: "by",
        header: t("column.by"),
        width: "minmax(132px, 1fr)",
        cell: (row) => row.performed_by || t("system"),
      },
      {
        id: "description",
        header: t("column.description"),
        width: "minmax(132px, 3fr)",
        cell: (row) => <span title={row.description}>{row.description}</span>,
      },
      {
        id: "info",
        header: t("column.info"),
        width: "56px",
        align: "end",
        cell: (row) => (
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t("info.of", {
              activity: eventWords(t, row.activity, row.label),
              item: row.description,
            })}
            onClick={() => onInfo(row)}
          >
            <IconInfoCircle size={18} />
          </ActionIcon>
        ),
      },
    ],
    [t, onInfo],
  );
  return (
    <DataTable
      label={t("tab.audit")}
      columns={columns}
      rows={list.rows}
      rowId={(row) => String(row.seq)}
      onOpen={onInfo}
      hasMore={list.hasMore}
      loadMore={list.loadMore}
      total={list.total}
    />
  );
}
