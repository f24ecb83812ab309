import { Button, Switch, Text } from "@mantine/core";
import { IconFolderOpen, IconSearchOff } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { usePages } from "@/api/pages";
import { asProblem } from "@/api/problem";
import { useTick, useTicks } from "@/features/recovery/basket/basket";
import { useEntityPlace } from "@/features/recovery/entity/place";
import { useColumns } from "@/features/recovery/list/columns";
import { FolderGone } from "@/features/recovery/list/FolderGone";
import { boxesOf, type ListRow, tickedOf } from "@/features/recovery/list/rows";
import { useRows } from "@/features/recovery/list/use-rows";
import { parentOf } from "@/features/recovery/paths";
import { folderPages, type PointWithNeighbours } from "@/features/recovery/queries";
import { folderViewOf, type ItemSort } from "@/features/recovery/search";
import { DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { FilterBar } from "@/ui/FilterBar";
import { Loading } from "@/ui/Loading";
import { SearchBox } from "@/ui/SearchBox";

// With more rows than this, "all" means the folder itself: one row of the basket.
const MANY_ROWS = 500;

/** One folder at a restore point: its items, ticked or not, and on demand what is deleted. */
export function FolderList({ point }: { point: PointWithNeighbours }) {
  const { t } = useTranslation("recovery");
  const { entityId, search, path, go } = useEntityPlace();
  const showsDeleted = search.deleted === true;
  const view = folderViewOf(search);
  const found = useInfiniteQuery(folderPages(entityId, point.id, view));
  const gone = usePages(keys.points, "/api/v1/entities/{entity_id}/points/{point_id}/deleted", {
    path: { entity_id: entityId, point_id: point.id },
    query: { path, limit: MANY_ROWS },
    enabled: showsDeleted,
  });
  const rows = useRows(
    found.data?.pages,
    found.hasNextPage,
    showsDeleted ? gone.rows : null,
    view.q,
  );
  const boxes = useBoxes(rows, found.hasNextPage);
  const columns = useColumns();
  const loadMore = () => {
    if (found.hasNextPage && !found.isFetching) {
      void found.fetchNextPage();
    } else if (!found.hasNextPage) {
      gone.loadMore();
    }
  };
  const open = (row: ListRow) =>
    row.kind === "folder"
      ? go({ path: row.path, at: row.lastTime === "" ? search.at : row.pointId, q: undefined })
      : go({ item: row.path, item_at: row.lastTime === "" ? undefined : row.pointId });
  const onKeyDown = (event: KeyboardEvent) => {
    const isOnList = (event.target as Element).getAttribute("role") === "grid";
    if (event.key === "Backspace" && isOnList && path !== "") {
      go({ path: parentOf(path) || undefined, q: undefined });
    }
  };
  if (found.isError && found.data === undefined) {
    return asProblem(found.error).status === 404 ? (
      <FolderGone point={point} />
    ) : (
      <ErrorState error={found.error} onRetry={() => void found.refetch()} />
    );
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a key of the list within
    <div onKeyDown={onKeyDown} aria-busy={found.isPlaceholderData}>
      <FilterBar {...(view.q === "" ? {} : { onClear: () => go({ q: undefined }) })}>
        <SearchBox
          label={t("list.filter")}
          value={view.q}
          onChange={(q) => go({ q: q === "" ? undefined : q }, false)}
        />
        <Switch
          label={t("list.showDeleted")}
          checked={showsDeleted}
          onChange={(event) => go({ deleted: event.currentTarget.checked || undefined }, false)}
        />
        <WholeFolder point={point} />
      </FilterBar>
      {gone.error !== null && <ErrorState error={gone.error} onRetry={gone.retry} />}
      {found.isPending && <Loading rows={8} />}
      {found.isSuccess && rows.length === 0 && (
        <EmptyState
          icon={view.q === "" ? IconFolderOpen : IconSearchOff}
          title={t(view.q === "" ? "list.empty" : "list.noneMatch")}
          text={t(view.q === "" ? "list.emptyText" : "list.noneMatchText")}
        />
      )}
      {rows.length > 0 && (
        <DataTable
          label={t("list.label")}
          columns={columns}
          rows={rows}
          rowId={(row) => row.id}
          rowLabel={(row) => row.name}
          selection={boxes}
          onOpen={open}
          sorting={{
            by: view.sort,
            order: view.order,
            onSort: (by, order) =>
              go({ sort: by as ItemSort, order: order === "desc" ? order : undefined }, false),
          }}
          hasMore={found.hasNextPage || (showsDeleted && gone.hasMore)}
          loadMore={loadMore}
          height="max(280px, calc(100dvh - 440px))"
        />
      )}
    </div>
  );
}

/** The boxes of a list, and what ticking them puts into the basket. */
function useBoxes(rows: readonly ListRow[], hasMore: boolean) {
  const { entityId, path, search } = useEntityPlace();
  const ticksAt = useTicks(entityId);
  const tick = useTick();
  const boxes = boxesOf(rows, ticksAt);
  const onChange = (next: ReadonlySet<string>) => {
    const added = rows.filter((row) => next.has(row.id) && !boxes.selected.has(row.id));
    const removed = rows.filter((row) => !next.has(row.id) && boxes.selected.has(row.id));
    const isMany = (hasMore || rows.length > MANY_ROWS) && search.q === undefined;
    const first = rows[0];
    if (isMany && first !== undefined && (next.size === rows.length || next.size === 0)) {
      tick(next.size === 0 ? "remove" : "add", [wholeFolder(entityId, first.pointId, path)]);
      return;
    }
    tick(
      "add",
      added.map((row) => tickedOf(entityId, row)),
    );
    tick(
      "remove",
      removed.map((row) => tickedOf(entityId, row)),
    );
  };
  return { ...boxes, onChange };
}

function wholeFolder(entityId: string, pointId: string, path: string) {
  const none = { files: 0, folders: 0, size_bytes: 0 };
  return { entity_id: entityId, point_id: pointId, path, shown: path, kind: "folder", ...none };
}

/** Puts the folder that is listed into the basket, or all that there is at this date. */
function WholeFolder({ point }: { point: PointWithNeighbours }) {
  const { t } = useTranslation("recovery");
  const { entityId, path } = useEntityPlace();
  const isIn = useTicks(entityId)(point.id).stateOf(path) === "in";
  const tick = useTick();
  const name = path === "" ? "list.everything" : "list.thisFolder";
  return (
    <Button
      variant="default"
      aria-pressed={isIn}
      onClick={() => tick(isIn ? "remove" : "add", [wholeFolder(entityId, point.id, path)])}
    >
      <Text span inherit>
        {t(isIn ? (`${name}Out` as const) : (`${name}In` as const))}
      </Text>
    </Button>
  );
}
