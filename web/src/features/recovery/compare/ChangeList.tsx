import { Group, Text } from "@mantine/core";
import { IconArrowRight, IconMinus, IconPencil, IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useTick, useTicks } from "@/features/recovery/basket/basket";
import type { ShownChange, ShownDifference } from "@/features/recovery/compare/moves";
import { useEntityPlace } from "@/features/recovery/entity/place";
import { ItemIcon } from "@/features/recovery/list/ItemIcon";
import { boxesOf, type ListRow, tickedOf } from "@/features/recovery/list/rows";
import { nameOf, parentOf } from "@/features/recovery/paths";
import { type Column, DataTable } from "@/ui/DataTable";
import { FilterBar } from "@/ui/FilterBar";
import { FilterChips } from "@/ui/FilterChips";
import { formatBytes } from "@/ui/figures";

const CHANGES: readonly ShownChange[] = ["added", "changed", "removed", "moved"];
const ICONS = {
  added: IconPlus,
  changed: IconPencil,
  removed: IconMinus,
  moved: IconArrowRight,
} as const;

interface Props {
  rows: readonly ShownDifference[];
  newer: string;
  older: string;
  hasMore: boolean;
  loadMore: () => void;
}

type Row = ListRow & { difference: ShownDifference };

/** The differences; ticking what is gone takes it from the older restore point. */
export function ChangeList({ rows, newer, older, hasMore, loadMore }: Props) {
  const { t } = useTranslation("recovery");
  const { entityId, search, go } = useEntityPlace();
  const ticksAt = useTicks(entityId);
  const tick = useTick();
  const wanted = search.change ?? [];
  const shown = rows
    .filter((one) => wanted.length === 0 || wanted.includes(one.change))
    .map((one) => rowOf(one, newer, older));
  const boxes = boxesOf(shown, ticksAt);
  const columns = useColumns();
  const count = (change: ShownChange) => rows.filter((one) => one.change === change).length;
  return (
    <>
      <FilterBar>
        <FilterChips
          label={t("changes.filter")}
          value={wanted}
          choices={CHANGES.map((change) => ({
            value: change,
            label: t("changes.counted", {
              label: t(`change.${change}`),
              figure: `${count(change)}${hasMore ? "+" : ""}`,
            }),
          }))}
          onChange={(change) => go({ change: change.length === 0 ? undefined : change }, false)}
        />
      </FilterBar>
      <DataTable
        label={t("view.changes")}
        columns={columns}
        rows={shown}
        rowId={(row) => row.id}
        rowLabel={(row) => row.name}
        selection={{
          ...boxes,
          onChange: (next) => {
            const isNew = (row: Row) => next.has(row.id) && !boxes.selected.has(row.id);
            const isOut = (row: Row) => !next.has(row.id) && boxes.selected.has(row.id);
            tick(
              "add",
              shown.filter(isNew).map((row) => tickedOf(entityId, row)),
            );
            tick(
              "remove",
              shown.filter(isOut).map((row) => tickedOf(entityId, row)),
            );
          },
        }}
        onOpen={(row) =>
          row.kind === "folder"
            ? go({ view: undefined, path: row.path, at: row.pointId })
            : go({ item: row.path, item_at: row.pointId })
        }
        hasMore={hasMore}
        loadMore={loadMore}
        height="max(280px, calc(100dvh - 440px))"
      />
    </>
  );
}

function rowOf(one: ShownDifference, newer: string, older: string): Row {
  const state = one.after ?? one.before;
  const isFolder = state?.kind === "folder";
  return {
    id: one.path,
    path: one.path,
    name: nameOf(one.shown),
    kind: state?.kind ?? "file",
    isMount: false,
    failure: "",
    sizeBytes: state?.size_bytes ?? 0,
    modified: state?.modified ?? null,
    files: isFolder ? 0 : 1,
    folders: isFolder ? 1 : 0,
    pointId: one.after === null ? older : newer,
    lastTime: "",
    difference: one,
  };
}

function useColumns(): Column<Row>[] {
  const { t, i18n } = useTranslation("recovery");
  const size = (state: ShownDifference["before"]) =>
    state === null || state.kind === "folder" ? "" : formatBytes(state.size_bytes, i18n.language);
  return [
    {
      id: "change",
      header: t("changes.change"),
      width: "minmax(110px, 1fr)",
      cell: (row) => <ChangeWord change={row.difference.change} />,
    },
    {
      id: "name",
      header: t("list.name"),
      width: "minmax(160px, 2fr)",
      cell: (row) => (
        <Group gap={8} wrap="nowrap">
          <ItemIcon kind={row.kind} />
          <Text span inherit truncate>
            {row.name}
          </Text>
        </Group>
      ),
    },
    {
      id: "where",
      header: t("changes.where"),
      width: "minmax(140px, 2fr)",
      cell: ({ difference }) =>
        difference.change === "moved"
          ? t("changes.moved", { from: difference.from, to: difference.shown })
          : parentOf(difference.shown) || "/",
    },
    {
      id: "before",
      header: t("changes.before"),
      width: "100px",
      align: "end",
      cell: (row) => size(row.difference.before),
    },
    {
      id: "after",
      header: t("changes.after"),
      width: "100px",
      align: "end",
      cell: (row) => size(row.difference.after),
    },
  ];
}

/** A sign and a word: never by colour alone. */
function ChangeWord({ change }: { change: ShownChange }) {
  const { t } = useTranslation("recovery");
  const Icon = ICONS[change];
  return (
    <Group component="span" gap={6} wrap="nowrap" display="inline-flex">
      <Icon size={16} aria-hidden />
      <Text span inherit>
        {t(`change.${change}`)}
      </Text>
    </Group>
  );
}
