import { Button, Group, NativeSelect, Text } from "@mantine/core";
import { IconArrowsDiff, IconEqual } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { usePages } from "@/api/pages";
import { ChangeList } from "@/features/recovery/compare/ChangeList";
import { withMoves } from "@/features/recovery/compare/moves";
import { useEntityPlace } from "@/features/recovery/entity/place";
import { type PointWithNeighbours, pointQuery } from "@/features/recovery/queries";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { formatTime } from "@/ui/When";

// So many are loaded by themselves: moves are found among what is loaded.
const MOST_AT_ONCE = 5000;
const MOST_POINTS = 500;

/** What differs between an older restore point and the one of the date bar. */
export function ChangesView({ point }: { point: PointWithNeighbours }) {
  const { t } = useTranslation("recovery");
  const { entityId, search, path } = useEntityPlace();
  const since = search.since ?? point.older ?? "";
  const older = useQuery({ ...pointQuery(entityId, since), enabled: since !== "" });
  const list = usePages(keys.points, "/api/v1/entities/{entity_id}/points/{point_id}/differences", {
    path: { entity_id: entityId, point_id: point.id },
    query: { since, path, limit: MOST_POINTS },
    enabled: since !== "",
  });
  const { hasMore, isLoadingMore, loadMore } = list;
  const loaded = list.rows.length;
  useEffect(() => {
    if (hasMore && !isLoadingMore && loaded < MOST_AT_ONCE) {
      loadMore();
    }
  }, [hasMore, isLoadingMore, loaded, loadMore]);
  if (since === "") {
    return (
      <EmptyState icon={IconArrowsDiff} title={t("changes.first")} text={t("changes.firstText")} />
    );
  }
  return (
    <>
      <SinceChoice point={point} since={since} olderTime={older.data?.time ?? ""} />
      {list.error !== null && <ErrorState error={list.error} onRetry={list.retry} />}
      {list.isLoading && <Loading rows={6} />}
      {list.error === null && !list.isLoading && list.rows.length === 0 && (
        <EmptyState icon={IconEqual} title={t("changes.none")} text={t("changes.noneText")} />
      )}
      {list.rows.length > 0 && (
        <ChangeList
          rows={withMoves(list.rows)}
          newer={point.id}
          older={since}
          hasMore={hasMore}
          loadMore={loadMore}
        />
      )}
    </>
  );
}

interface ChoiceProps {
  point: PointWithNeighbours;
  since: string;
  /** "" while it is not known. */
  olderTime: string;
}

/** With which restore point it is compared. */
function SinceChoice({ point, since, olderTime }: ChoiceProps) {
  const { t, i18n } = useTranslation("recovery");
  const { entityId, path, go } = useEntityPlace();
  const points = usePages(keys.points, "/api/v1/entities/{entity_id}/points", {
    path: { entity_id: entityId },
    query: { to: point.time, limit: MOST_POINTS },
  });
  const choices = points.rows
    .filter((one) => one.id !== point.id)
    .map((one) => ({ value: one.id, label: formatTime(new Date(one.time), i18n.language) }));
  if (olderTime !== "" && !choices.some((one) => one.value === since)) {
    choices.push({ value: since, label: formatTime(new Date(olderTime), i18n.language) });
  }
  return (
    <Group mb="md" align="flex-end">
      <NativeSelect
        label={t("changes.since")}
        value={since}
        data={choices}
        onChange={(event) => go({ since: event.currentTarget.value })}
      />
      <Text size="sm" c="dimmed" pb={8}>
        {t("changes.until")} {formatTime(new Date(point.time), i18n.language)}
        {path !== "" && `, ${t("changes.below", { path })}`}
      </Text>
      {path !== "" && (
        <Button variant="default" onClick={() => go({ path: undefined })}>
          {t("changes.everywhere")}
        </Button>
      )}
    </Group>
  );
}
