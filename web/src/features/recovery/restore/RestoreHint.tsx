import { useQuery } from "@tanstack/react-query";
import { restoreCommand } from "@/features/recovery/address";
import { useBasket } from "@/features/recovery/basket/basket";
import { entityQuery } from "@/features/recovery/queries";
import { useRestorePlace } from "@/features/recovery/restore/place";
import { useSources } from "@/features/recovery/restore/sources";
import { CliHint } from "@/ui/CliHint";

/** The command for the same restore. It cannot leave items out, so then none is shown. */
export function RestoreHint() {
  const { search } = useRestorePlace();
  const { entities } = useSources();
  const { rows } = useBasket().basket;
  const target = useQuery({
    ...entityQuery(search.target ?? ""),
    enabled: search.target !== undefined,
  });
  if (rows.some((row) => !row.is_included)) {
    return null;
  }
  const nameOf = (id: string) => {
    const entity = entities.find((one) => one.id === id);
    return entity?.email || entity?.name || "";
  };
  const places = rows.map((row) => ({
    entity: nameOf(row.entity_id),
    point: row.point_id,
    shown: row.shown,
  }));
  const command = restoreCommand(places, {
    target: target.data?.email || target.data?.name || "",
    path: search.path ?? "",
    mode: search.mode ?? "new-folder",
    conflict: search.conflict ?? "",
  });
  return <CliHint command={command} />;
}
