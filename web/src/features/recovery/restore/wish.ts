import type { components } from "@/api/schema";
import type { RestoreSearch } from "@/features/recovery/search";

type RestoreWish = components["schemas"]["RestoreWish"];

const NOTHING: RestoreWish = {
  selection_id: "",
  target_entity_id: "",
  target_path: "",
  mode: "new-folder",
  folder_name: "",
  plan_id: "",
};

/** What is chosen, as the API takes it. */
export function wishOf(selectionId: string, search: RestoreSearch): RestoreWish {
  const isInPlace = search.mode === "in-place";
  return {
    ...NOTHING,
    selection_id: selectionId,
    target_entity_id: search.target ?? "",
    target_path: search.path ?? "",
    mode: search.mode ?? "new-folder",
    ...(isInPlace && search.conflict !== undefined ? { conflict: search.conflict } : {}),
    folder_name: isInPlace ? "" : (search.name ?? ""),
  };
}

/** Starts just what was planned. */
export function startOf(planId: string): RestoreWish {
  return { ...NOTHING, plan_id: planId };
}
