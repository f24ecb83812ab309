import { Anchor, Breadcrumbs, Text } from "@mantine/core";
import { IconHome } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useEntityPlace } from "@/features/recovery/entity/place";
import { crumbsOf } from "@/features/recovery/paths";
import { folderPages, type PointWithNeighbours } from "@/features/recovery/queries";
import { folderViewOf, without } from "@/features/recovery/search";

/** The way from the top to the folder that is listed. */
export function FolderCrumbs({ point }: { point: PointWithNeighbours }) {
  const { t } = useTranslation("recovery");
  const { entityId, search, path } = useEntityPlace();
  const found = useInfiniteQuery(folderPages(entityId, point.id, folderViewOf(search)));
  const folder = found.data?.pages[0]?.folder;
  // While another folder loads, the one before is still in hand: its words do not fit.
  const shown = folder?.path === path ? folder.shown : path;
  const above = [{ path: "", name: t("tree.root") }, ...crumbsOf(path, shown)];
  const here = above.pop();
  return (
    <Breadcrumbs
      component="nav"
      aria-label={t("tree.crumbs")}
      separatorMargin={6}
      mb="sm"
      style={{ flexWrap: "wrap" }}
    >
      {above.map((crumb) => (
        <Anchor
          key={crumb.path}
          size="sm"
          renderRoot={(props) => (
            <Link
              {...props}
              from="/recovery/$taskId/$entityId"
              to="."
              search={{
                ...without(search, "path", "q", "item", "item_at", "tab"),
                ...(crumb.path === "" ? {} : { path: crumb.path }),
              }}
            />
          )}
        >
          {crumb.path === "" ? <IconHome size={16} aria-label={t("tree.root")} /> : crumb.name}
        </Anchor>
      ))}
      <Text size="sm" fw={600} aria-current="location">
        {here?.name}
      </Text>
    </Breadcrumbs>
  );
}
