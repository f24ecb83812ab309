import type { BasketRow, Ticked } from "@/features/recovery/basket/basket";
import type { Ticks } from "@/features/recovery/basket/ticks";
import type { DeletedItem, Item } from "@/features/recovery/queries";

/** A line of a folder: an item that is there, or one that is deleted by this restore point. */
export interface ListRow {
  id: string;
  path: string;
  name: string;
  kind: Item["kind"];
  isMount: boolean;
  failure: string;
  sizeBytes: number;
  modified: string | null;
  files: number;
  folders: number;
  /** The restore point that has it. */
  pointId: string;
  /** When it was there last; "" for what is there. */
  lastTime: string;
}

export function rowOfItem(item: Item, pointId: string): ListRow {
  return {
    id: item.path,
    path: item.path,
    name: item.name,
    kind: item.kind,
    isMount: item.is_mount,
    failure: item.failure,
    sizeBytes: item.size_bytes,
    modified: item.modified,
    files: item.files,
    folders: item.folders,
    pointId,
    lastTime: "",
  };
}

export function rowOfDeleted(item: DeletedItem): ListRow {
  return {
    id: `deleted ${item.path}`,
    path: item.path,
    name: item.name,
    kind: item.kind,
    isMount: false,
    failure: "",
    sizeBytes: item.size_bytes,
    modified: item.modified,
    files: item.files,
    folders: item.folders,
    pointId: item.last_point,
    lastTime: item.last_time,
  };
}

/** As the basket takes it; the server tells the path as people write it. */
export function tickedOf(entityId: string, row: ListRow): Ticked {
  return {
    entity_id: entityId,
    point_id: row.pointId,
    path: row.path,
    shown: row.path,
    kind: row.kind,
    files: row.files,
    folders: row.folders,
    size_bytes: row.sizeBytes,
  } satisfies Omit<BasketRow, "is_included">;
}

/** The ids of the rows whose boxes are ticked, and of those that are partly. */
export function boxesOf(rows: readonly ListRow[], ticksAt: (pointId: string) => Ticks) {
  const selected = new Set<string>();
  const partly = new Set<string>();
  for (const row of rows) {
    const state = ticksAt(row.pointId).stateOf(row.path);
    if (state === "in") {
      selected.add(row.id);
    } else if (state === "some") {
      partly.add(row.id);
    }
  }
  return { selected, partly };
}
