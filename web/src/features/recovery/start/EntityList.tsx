import { Anchor, Group, Text } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { usePages } from "@/api/pages";
import { entityCountsQuery, type Task } from "@/api/tasks";
import type { Entity } from "@/features/recovery/queries";
import { type EntitySort, type StartSearch, without } from "@/features/recovery/search";
import { EntityFilters } from "@/features/recovery/start/EntityFilters";
import { EntityIcon } from "@/features/recovery/start/EntityIcon";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Bytes, Count } from "@/ui/figures";
import { Loading } from "@/ui/Loading";
import { StatusWord } from "@/ui/StatusWord";
import { When } from "@/ui/When";

/** The members and folders of a task, with their first and last backup. */
export function EntityList({ task }: { task: Task }) {
  const { t } = useTranslation("recovery");
  const navigate = useNavigate();
  const search = useSearch({ from: "/shell/recovery-frame/recovery" });
  const counts = useQuery(entityCountsQuery(task.id));
  const list = usePages(keys.entities, "/api/v1/tasks/{task_id}/entities", {
    path: { task_id: task.id },
    query: {
      ...(search.q === undefined ? {} : { q: search.q }),
      ...(search.status === undefined ? {} : { status: search.status }),
      ...(search.kind === undefined ? {} : { kind: search.kind }),
      sort: search.sort ?? "name",
      order: search.order ?? "asc",
    },
  });
  const change = (next: StartSearch) =>
    void navigate({ to: "/recovery", search: { ...next, task: task.id }, replace: true });
  const columns = useColumns();
  const isFiltered = Boolean(search.q ?? search.status ?? search.kind);
  const clear = () => void navigate({ to: "/recovery", search: { task: task.id }, replace: true });
  return (
    <>
      <EntityFilters
        search={search}
        counts={counts.data?.counts ?? []}
        onChange={change}
        {...(isFiltered ? { onClear: clear } : {})}
      />
      {list.error !== null && <ErrorState error={list.error} onRetry={list.retry} />}
      {list.isLoading && <Loading rows={8} />}
      {list.error === null && !list.isLoading && list.rows.length === 0 && (
        <EmptyState
          icon={IconUsers}
          title={t(isFiltered ? "entities.noneMatch" : "entities.none")}
          text={t(isFiltered ? "entities.noneMatchText" : "entities.noneText")}
        />
      )}
      {list.rows.length > 0 && (
        <DataTable
          label={t("entities.label", { task: task.name })}
          columns={columns}
          rows={list.rows}
          rowId={(row) => row.id}
          onOpen={(row) =>
            void navigate({
              to: "/recovery/$taskId/$entityId",
              params: { taskId: row.task_id, entityId: row.id },
            })
          }
          sorting={{
            by: search.sort ?? "name",
            order: search.order ?? "asc",
            onSort: (by, order) => change(sorted(search, by as EntitySort, order)),
          }}
          hasMore={list.hasMore}
          loadMore={list.loadMore}
          total={list.total}
          height="max(280px, calc(100dvh - 360px))"
        />
      )}
    </>
  );
}

function sorted(search: StartSearch, by: EntitySort, order: "asc" | "desc"): StartSearch {
  return { ...without(search, "order"), sort: by, ...(order === "desc" ? { order } : {}) };
}

function useColumns(): Column<Entity>[] {
  const { t } = useTranslation("recovery");
  return [
    {
      id: "name",
      header: t("entities.name"),
      width: "minmax(220px, 1fr)",
      sortBy: "name",
      cell: (row) => <NameCell entity={row} />,
    },
    {
      id: "status",
      header: t("entities.status"),
      width: "150px",
      cell: (row) => <StatusWord status={row.status} kind="entity" />,
    },
    {
      id: "first",
      header: t("entities.first"),
      width: "190px",
      cell: (row) => <BackupTime time={row.first_backup} />,
      hideOnPhone: true,
    },
    {
      id: "last",
      header: t("entities.last"),
      width: "190px",
      sortBy: "last_backup",
      cell: (row) => <BackupTime time={row.last_backup} />,
    },
    {
      id: "files",
      header: t("entities.files"),
      width: "84px",
      align: "end",
      cell: (row) => <Count value={row.files} />,
      hideOnPhone: true,
    },
    {
      id: "size",
      header: t("entities.size"),
      width: "84px",
      align: "end",
      sortBy: "size",
      cell: (row) => <Bytes value={row.bytes} />,
    },
  ];
}

function NameCell({ entity }: { entity: Entity }) {
  return (
    <Group gap={8} wrap="nowrap" miw={0}>
      <EntityIcon kind={entity.kind} />
      <Anchor
        renderRoot={(props) => (
          <Link
            {...props}
            to="/recovery/$taskId/$entityId"
            params={{ taskId: entity.task_id, entityId: entity.id }}
          />
        )}
        tabIndex={-1}
        c="inherit"
        size="sm"
        fw={500}
      >
        {entity.name}
      </Anchor>
      {entity.email !== "" && (
        <Text span size="xs" c="dimmed" truncate>
          {entity.email}
        </Text>
      )}
    </Group>
  );
}

function BackupTime({ time }: { time: string | null }) {
  const { t } = useTranslation("recovery");
  return time === null ? (
    <Text span inherit c="dimmed">
      {t("noBackupYet")}
    </Text>
  ) : (
    <When time={time} />
  );
}
