import { Drawer, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useEntityPlace } from "@/features/recovery/entity/place";
import { ItemActions } from "@/features/recovery/item/ItemActions";
import { ItemFacts } from "@/features/recovery/item/ItemFacts";
import { Preview } from "@/features/recovery/item/Preview";
import { VersionList } from "@/features/recovery/item/VersionList";
import { nameOf } from "@/features/recovery/paths";
import { detailsQuery, type PointWithNeighbours } from "@/features/recovery/queries";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";

/** All about one item, beside the list it was opened from. */
export function ItemDrawer({ point }: { point: PointWithNeighbours }) {
  const { t } = useTranslation("ui");
  const { entityId, search, go } = useEntityPlace();
  const { item, item_at: itemAt } = search;
  const details = useQuery({
    ...detailsQuery(entityId, itemAt ?? point.id, item ?? ""),
    enabled: item !== undefined,
  });
  const close = () => go({ item: undefined, item_at: undefined, tab: undefined });
  return (
    <Drawer
      opened={item !== undefined}
      onClose={close}
      position="right"
      size="lg"
      title={details.data?.name ?? nameOf(item ?? "")}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      {item !== undefined && <ItemContent path={item} pointId={itemAt ?? point.id} />}
    </Drawer>
  );
}

function ItemContent({ path, pointId }: { path: string; pointId: string }) {
  const { t } = useTranslation("recovery");
  const { entityId, search, go } = useEntityPlace();
  const details = useQuery(detailsQuery(entityId, pointId, path));
  if (details.isError) {
    return <ErrorState error={details.error} onRetry={() => void details.refetch()} />;
  }
  if (details.data === undefined) {
    return <Loading rows={6} />;
  }
  return (
    <>
      <ItemActions details={details.data} />
      <Tabs
        value={search.tab ?? "details"}
        onChange={(tab) => go({ tab: tab === "versions" ? tab : undefined }, false)}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="details">{t("item.details")}</Tabs.Tab>
          <Tabs.Tab value="versions">{t("item.versions")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="details">
          <Preview details={details.data} />
          <ItemFacts details={details.data} />
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <VersionList details={details.data} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
