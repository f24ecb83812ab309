import { Tabs } from "@mantine/core";
import { IconCalendarOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import { tasksQuery } from "@/api/tasks";
import { addressOf } from "@/features/recovery/address";
import { ChangesView } from "@/features/recovery/compare/ChangesView";
import { DateBar } from "@/features/recovery/dates/DateBar";
import { PointsView } from "@/features/recovery/dates/PointsView";
import { useEntityPlace } from "@/features/recovery/entity/place";
import { TreeView } from "@/features/recovery/entity/TreeView";
import { ItemDrawer } from "@/features/recovery/item/ItemDrawer";
import { entityQuery, pointQuery } from "@/features/recovery/queries";
import type { View } from "@/features/recovery/search";
import { CliHint } from "@/ui/CliHint";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";
import { StatusWord } from "@/ui/StatusWord";
import { TabRow } from "@/ui/TabRow";

/** One member's or folder's backup: at a date, over all dates, or between two dates. */
export function EntityPage() {
  const { t } = useTranslation("recovery");
  const { entityId, taskId, search, at, go } = useEntityPlace();
  const entity = useQuery(entityQuery(entityId));
  const tasks = useQuery(tasksQuery);
  const point = useQuery(pointQuery(entityId, at));
  const task = tasks.data?.find((one) => one.id === taskId);
  const name = entity.data?.name ?? "…";
  const crumbs = [
    { label: t("title"), to: "/recovery" },
    ...(task === undefined ? [] : [{ label: task.name, to: `/recovery?task=${task.id}` }]),
  ];
  const command = `dropally ls ${addressOf({
    entity: entity.data?.email || name,
    point: at,
    shown: search.path ?? "",
  })}`;
  const isMissing = point.isError && asProblem(point.error).status === 404;
  return (
    <>
      <PageHeader
        title={name}
        crumbs={crumbs}
        actions={<CliHint command={command} />}
        {...(entity.data === undefined
          ? {}
          : { description: <StatusWord status={entity.data.status} kind="entity" /> })}
      />
      {entity.isError && <ErrorState error={entity.error} onRetry={() => void entity.refetch()} />}
      {point.isError && !isMissing && (
        <ErrorState error={point.error} onRetry={() => void point.refetch()} />
      )}
      {isMissing && <NotThere error={point.error} isLatest={at === "latest"} />}
      {point.isPending && <Loading rows={8} />}
      {point.data !== undefined && !point.isError && (
        <Tabs
          value={search.view ?? "tree"}
          onChange={(view) => go(viewed(view as View))}
          keepMounted={false}
        >
          <DateBar point={point.data} />
          <TabRow
            mb="md"
            open={search.view ?? "tree"}
            tabs={(["tree", "points", "changes"] as const).map((view) => ({
              value: view,
              label: t(`view.${view}`),
            }))}
          />
          <Tabs.Panel value="tree">
            <TreeView point={point.data} />
          </Tabs.Panel>
          <Tabs.Panel value="points">
            <PointsView />
          </Tabs.Panel>
          <Tabs.Panel value="changes">
            <ChangesView point={point.data} />
          </Tabs.Panel>
        </Tabs>
      )}
      {point.data !== undefined && <ItemDrawer point={point.data} />}
    </>
  );
}

const viewed = (view: View) => (view === "tree" ? { view: undefined } : { view });

function NotThere({ error, isLatest }: { error: unknown; isLatest: boolean }) {
  const { t } = useTranslation("recovery");
  if (!isLatest) {
    return <ErrorState error={error} />;
  }
  return <EmptyState icon={IconCalendarOff} title={t("noBackupYet")} text={t("noBackupYetText")} />;
}
