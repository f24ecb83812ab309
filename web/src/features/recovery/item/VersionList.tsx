import { Badge, Button, Group, Text, Timeline } from "@mantine/core";
import { IconBasketPlus, IconCalendar, IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useCan } from "@/api/me";
import { useTick, useTicks } from "@/features/recovery/basket/basket";
import { useEntityPlace } from "@/features/recovery/entity/place";
import { parentOf } from "@/features/recovery/paths";
import {
  contentAddress,
  type ItemDetails,
  type Version,
  versionsQuery,
} from "@/features/recovery/queries";
import { ErrorState } from "@/ui/ErrorState";
import { Bytes } from "@/ui/figures";
import { Loading } from "@/ui/Loading";
import { When } from "@/ui/When";

/** Every version of the file that any restore point has, newest first. */
export function VersionList({ details }: { details: ItemDetails }) {
  const { t } = useTranslation("recovery");
  const { entityId } = useEntityPlace();
  const found = useQuery({
    ...versionsQuery(entityId, details.point_id, details.path),
    enabled: details.kind !== "folder",
  });
  if (details.kind === "folder") {
    return <Text c="dimmed">{t("versions.ofFolder")}</Text>;
  }
  if (found.isError) {
    return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  }
  if (found.data === undefined) {
    return <Loading />;
  }
  return (
    <>
      <Text size="sm" c="dimmed" mb="sm">
        {t("versions.count", { count: found.data.length })}
      </Text>
      <Timeline bulletSize={16} lineWidth={2} active={-1}>
        {found.data.map((version) => (
          <Timeline.Item
            key={`${version.last_point} ${version.path}`}
            title={<When time={version.modified ?? version.first_time} />}
          >
            <OneVersion version={version} />
          </Timeline.Item>
        ))}
      </Timeline>
    </>
  );
}

function OneVersion({ version }: { version: Version }) {
  const { t } = useTranslation("recovery");
  const { entityId, taskId, go } = useEntityPlace();
  const mayDownload = useCan("content.download", { taskId, entityId });
  const isIn = useTicks(entityId)(version.last_point).stateOf(version.path) === "in";
  const tick = useTick();
  const item = {
    entity_id: entityId,
    point_id: version.last_point,
    path: version.path,
    shown: version.path,
    kind: version.kind,
    files: 1,
    folders: 0,
    size_bytes: version.size_bytes,
  };
  return (
    <>
      <Text size="sm" component="div">
        <Bytes value={version.size_bytes} />
        {" · "}
        {t("versions.from")} <When time={version.first_time} /> {t("versions.to")}{" "}
        <When time={version.last_time} />{" "}
        {version.is_current && <Badge size="sm">{t("versions.current")}</Badge>}
      </Text>
      {version.failure !== "" && (
        <Text size="sm" c="var(--mantine-color-error)">
          {version.failure}
        </Text>
      )}
      <Group gap={4} mt={4}>
        <Button
          size="compact-xs"
          variant={isIn ? "light" : "default"}
          aria-pressed={isIn}
          leftSection={<IconBasketPlus size={14} aria-hidden />}
          onClick={() => tick(isIn ? "remove" : "add", [item])}
        >
          {t(isIn ? "item.takeOut" : "item.putIn")}
        </Button>
        {mayDownload && version.failure === "" && (
          <Button
            size="compact-xs"
            variant="default"
            component="a"
            download
            href={contentAddress(entityId, version.last_point, version.path, "download")}
            leftSection={<IconDownload size={14} aria-hidden />}
          >
            {t("item.download")}
          </Button>
        )}
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<IconCalendar size={14} aria-hidden />}
          onClick={() =>
            go({
              at: version.last_point,
              path: parentOf(version.path) || undefined,
              view: undefined,
              item_at: undefined,
            })
          }
        >
          {t("versions.goThere")}
        </Button>
      </Group>
    </>
  );
}
