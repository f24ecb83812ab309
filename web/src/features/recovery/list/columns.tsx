import { Anchor, Group, Stack, Text, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useEntityPlace } from "@/features/recovery/entity/place";
import { ItemIcon } from "@/features/recovery/list/ItemIcon";
import type { ListRow } from "@/features/recovery/list/rows";
import { without } from "@/features/recovery/search";
import type { Column } from "@/ui/DataTable";
import { Bytes, Count } from "@/ui/figures";
import { When } from "@/ui/When";

export function useColumns(): Column<ListRow>[] {
  const { t } = useTranslation("recovery");
  return [
    {
      id: "name",
      header: t("list.name"),
      width: "minmax(180px, 3fr)",
      sortBy: "name",
      cell: (row) => <NameCell row={row} />,
    },
    {
      id: "modified",
      header: t("list.modified"),
      width: "190px",
      sortBy: "modified",
      cell: (row) => (row.modified === null ? "" : <When time={row.modified} />),
    },
    {
      id: "files",
      header: t("list.files"),
      width: "76px",
      align: "end",
      cell: (row) => (row.kind === "folder" ? <Count value={row.files} /> : ""),
      hideOnPhone: true,
    },
    {
      id: "size",
      header: t("list.size"),
      width: "92px",
      align: "end",
      sortBy: "size",
      cell: (row) => <Bytes value={row.sizeBytes} />,
    },
  ];
}

function NameCell({ row }: { row: ListRow }) {
  const { t } = useTranslation("recovery");
  const isDeleted = row.lastTime !== "";
  return (
    <Group gap={8} wrap="nowrap" miw={0}>
      <ItemIcon kind={row.kind} isMount={row.isMount} />
      <Stack gap={0} miw={0}>
        <ItemLink row={row} />
        {isDeleted && (
          <Text span size="xs" c="dimmed" truncate>
            {t("list.deleted")} <When time={row.lastTime} />
          </Text>
        )}
      </Stack>
      {row.failure !== "" && (
        <Tooltip label={row.failure}>
          <Text span size="xs" c="var(--mantine-color-error)">
            {t("list.noContent")}
          </Text>
        </Tooltip>
      )}
    </Group>
  );
}

/** A link, so that pointing at it already loads what it opens. */
function ItemLink({ row }: { row: ListRow }) {
  const { search } = useEntityPlace();
  const isDeleted = row.lastTime !== "";
  const rest = without(search, "q", "item", "item_at", "tab");
  const target =
    row.kind === "folder"
      ? { ...rest, path: row.path, ...(isDeleted ? { at: row.pointId } : {}) }
      : {
          ...rest,
          ...(search.q === undefined ? {} : { q: search.q }),
          item: row.path,
          ...(isDeleted ? { item_at: row.pointId } : {}),
        };
  return (
    <Anchor
      renderRoot={(props) => (
        <Link
          {...props}
          from="/recovery/$taskId/$entityId"
          to="."
          search={target}
          resetScroll={false}
        />
      )}
      tabIndex={-1}
      c="inherit"
      size="sm"
      truncate
      td={isDeleted ? "line-through" : "none"}
    >
      {row.name}
    </Anchor>
  );
}
