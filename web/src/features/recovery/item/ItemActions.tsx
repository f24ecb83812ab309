import { Button, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBasketMinus, IconBasketPlus, IconDownload, IconEraser } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useCan } from "@/api/me";
import { addressOf } from "@/features/recovery/address";
import { useTick, useTicks } from "@/features/recovery/basket/basket";
import { useEntityPlace } from "@/features/recovery/entity/place";
import { contentAddress, entityQuery, type ItemDetails } from "@/features/recovery/queries";
import { CliHint } from "@/ui/CliHint";

const EraseDialog = lazy(async () => ({
  default: (await import("@/features/erasure/EraseDialog")).EraseDialog,
}));

/** What can be done with the item: into the basket, or down to this computer. */
export function ItemActions({ details }: { details: ItemDetails }) {
  const { t } = useTranslation("recovery");
  const { entityId, taskId } = useEntityPlace();
  const entity = useQuery(entityQuery(entityId));
  const mayErase = useCan("erase", { taskId, entityId });
  const mayDownload = useCan("content.download", { taskId, entityId });
  const isIn = useTicks(entityId)(details.point_id).stateOf(details.path) === "in";
  const tick = useTick();
  const hasBytes =
    details.kind !== "folder" && details.kind !== "symlink" && details.failure === "";
  const item = {
    entity_id: entityId,
    point_id: details.point_id,
    path: details.path,
    shown: details.shown,
    kind: details.kind,
    files: details.files,
    folders: details.folders,
    size_bytes: details.size_bytes,
  };
  const command = `dropally cat ${addressOf({
    entity: entity.data?.email || entity.data?.name || "",
    point: details.point_id,
    shown: details.shown,
  })}`;
  return (
    <Group gap="xs" mb="md">
      <Button
        leftSection={
          isIn ? (
            <IconBasketMinus size={18} aria-hidden />
          ) : (
            <IconBasketPlus size={18} aria-hidden />
          )
        }
        variant={isIn ? "default" : "filled"}
        onClick={() => tick(isIn ? "remove" : "add", [item])}
      >
        {t(isIn ? "item.takeOut" : "item.putIn")}
      </Button>
      {hasBytes && mayDownload && (
        <Button
          component="a"
          href={contentAddress(entityId, details.point_id, details.path, "download")}
          download
          variant="default"
          leftSection={<IconDownload size={18} aria-hidden />}
        >
          {t("item.download")}
        </Button>
      )}
      {hasBytes && <CliHint command={command} />}
      {mayErase && entity.data !== undefined && !details.is_mount && details.path !== "" && (
        <Erase details={details} entityId={entityId} entityName={entity.data.name} />
      )}
    </Group>
  );
}

interface EraseProps {
  details: ItemDetails;
  entityId: string;
  entityName: string;
}

/** For legal reasons; all of it is behind this button, and loaded then. */
function Erase({ details, entityId, entityName }: EraseProps) {
  const { t } = useTranslation("recovery");
  const { go } = useEntityPlace();
  const [isOpen, dialog] = useDisclosure(false);
  const { path, shown } = details;
  const close = (wasAsked: boolean) => {
    dialog.close();
    if (wasAsked) {
      go({ item: undefined, item_at: undefined, tab: undefined });
    }
  };
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconEraser size={18} aria-hidden />}
        onClick={dialog.open}
      >
        {t("item.erase")}
      </Button>
      {isOpen && (
        <Suspense>
          <EraseDialog item={{ entityId, entityName, path, shown }} onClose={close} />
        </Suspense>
      )}
    </>
  );
}
