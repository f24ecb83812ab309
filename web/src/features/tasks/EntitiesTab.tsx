import { Button, Group, Text } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { usePages } from "@/api/pages";
import { EntityActions } from "@/features/tasks/EntityActions";
import { EntityFilters } from "@/features/tasks/EntityFilters";
import { type EntitySearch, filterOf, isNarrowed } from "@/features/tasks/entity-search";
import type { Entity } from "@/features/tasks/queries";
import { useEntityColumns } from "@/features/tasks/use-entity-columns";
import { DataTable, type Sorting } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";

const route = getRouteApi("/shell/tasks/$taskId/");
const FIRST_ROWS = 100;
const PAGE_ROWS = 500;
const NONE: ReadonlySet<string> = new Set();

/** Members and folders of a task: thousands of them, filtered, selected, acted on at once. */
export function EntitiesTab() {
  const { t } = useTranslation("tasks");
  const { taskId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [selected, setSelected] = useState(NONE);
  const [isWholeMatch, setIsWholeMatch] = useState(false);
  const list = usePages(keys.entities, "/api/v1/tasks/{task_id}/entities", {
    path: { task_id: taskId },
    query: queryOf(search),
    first: { limit: FIRST_ROWS },
  });
  const columns = useEntityColumns();
  const choose = (ids: ReadonlySet<string>) => {
    setSelected(ids);
    setIsWholeMatch(false);
  };
  const filter = (next: EntitySearch) => {
    choose(NONE);
    void navigate({ search: next, replace: true });
  };
  const chosen = useMemo(
    () => list.rows.filter((row) => selected.has(row.id)),
    [list.rows, selected],
  );
  const isFiltered = isNarrowed(search);
  return (
    <>
      <EntityFilters taskId={taskId} search={search} onChange={filter} />
      <Group justify="space-between" mb="sm" mih={36}>
        <SelectionLine
          chosen={chosen.length}
          loaded={list.rows.length}
          total={list.total ?? list.rows.length}
          isWholeMatch={isWholeMatch}
          onWholeMatch={() => setIsWholeMatch(true)}
        />
        <EntityActions
          taskId={taskId}
          chosen={chosen}
          wholeMatch={isWholeMatch ? { search, total: list.total ?? 0 } : null}
          onDone={() => choose(NONE)}
        />
      </Group>
      {list.error !== null && <ErrorState error={list.error} onRetry={list.retry} />}
      {list.isLoading && <Loading rows={8} />}
      {!list.isLoading && list.error === null && list.rows.length === 0 && (
        <EmptyState
          icon={IconUsers}
          title={isFiltered ? t("entities.noMatch") : t("entities.empty")}
          text={isFiltered ? t("entities.noMatchText") : t("entities.emptyText")}
          action={isFiltered && <Button onClick={() => filter({})}>{t("clear")}</Button>}
        />
      )}
      {list.rows.length > 0 && (
        <DataTable<Entity>
          label={t("tab.entities")}
          columns={columns}
          rows={list.rows}
          rowId={idOf}
          rowLabel={(row) => row.name}
          selection={{ selected, onChange: choose }}
          onOpen={(row) => void navigate({ to: `/recovery/${taskId}/${row.id}` })}
          sorting={sortingOf(search, filter)}
          hasMore={list.hasMore}
          loadMore={list.loadMore}
          total={list.total}
          height="calc(100dvh - 340px)"
        />
      )}
    </>
  );
}

const idOf = (row: Entity) => row.id;

function queryOf(search: EntitySearch) {
  return {
    limit: PAGE_ROWS,
    ...filterOf(search),
    sort: search.sort ?? ("name" as const),
    order: search.order ?? ("asc" as const),
  };
}

function sortingOf(search: EntitySearch, filter: (next: EntitySearch) => void): Sorting {
  return {
    by: search.sort ?? "name",
    order: search.order ?? "asc",
    onSort: (by, order) => {
      const { sort: _sort, order: _order, ...rest } = search;
      filter({
        ...rest,
        ...(by === "size" || by === "last_backup" ? { sort: by } : {}),
        ...(order === "desc" ? { order } : {}),
      });
    },
  };
}

interface SelectionLineProps {
  chosen: number;
  loaded: number;
  total: number;
  isWholeMatch: boolean;
  onWholeMatch: () => void;
}

/** How much is selected; where all that is loaded is, more than that can be. */
function SelectionLine(props: SelectionLineProps) {
  const { t } = useTranslation("tasks");
  const { chosen, loaded, total, isWholeMatch } = props;
  if (chosen === 0) {
    return <Text size="sm">{t("entities.count", { count: total })}</Text>;
  }
  return (
    <Group gap="xs">
      <Text size="sm" role="status">
        {t("entities.selected", { count: isWholeMatch ? total : chosen })}
      </Text>
      {!isWholeMatch && chosen === loaded && total > loaded && (
        <Button variant="subtle" size="compact-sm" onClick={props.onWholeMatch}>
          {t("entities.selectAll", { count: total })}
        </Button>
      )}
    </Group>
  );
}
