import { Button } from "@mantine/core";
import { IconFolderOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useEntityPlace } from "@/features/recovery/entity/place";
import { nameOf, parentOf } from "@/features/recovery/paths";
import type { PointWithNeighbours } from "@/features/recovery/queries";
import { EmptyState } from "@/ui/EmptyState";
import { When } from "@/ui/When";

/** The folder was not there at this date; others may have it. */
export function FolderGone({ point }: { point: PointWithNeighbours }) {
  const { t } = useTranslation("recovery");
  const { path, go } = useEntityPlace();
  return (
    <EmptyState
      icon={IconFolderOff}
      title={t("list.gone", { name: nameOf(path) })}
      text={
        <>
          {t("list.goneText")} <When time={point.time} />
        </>
      }
      action={
        <Button
          variant="default"
          onClick={() => go({ path: parentOf(path) || undefined, deleted: true })}
        >
          {t("list.goneAction")}
        </Button>
      }
    />
  );
}
