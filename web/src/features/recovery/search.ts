import { isDay } from "@/features/recovery/dates/days";

/** What the pages of recovery keep in their address. Absent: the default. */
export interface StartSearch {
  task?: string;
  q?: string;
  status?: string[];
  kind?: string[];
  sort?: EntitySort;
  order?: "desc";
}
export const ENTITY_SORTS = ["name", "size", "last_backup"] as const;
export type EntitySort = (typeof ENTITY_SORTS)[number];

export type View = "tree" | "points" | "changes";
export const ITEM_SORTS = ["name", "size", "modified"] as const;
export type ItemSort = (typeof ITEM_SORTS)[number];

export interface EntitySearch {
  /** The restore point; the newest where it is left out. */
  at?: string;
  path?: string;
  view?: Exclude<View, "tree">;
  q?: string;
  sort?: ItemSort;
  order?: "desc";
  deleted?: boolean;
  /** The older restore point of a comparison. */
  since?: string;
  /** Which changes a comparison shows. */
  change?: string[];
  /** The item whose drawer is open, and the restore point it is of. */
  item?: string;
  item_at?: string;
  tab?: "versions";
  /** The range of days that the list of restore points shows. */
  from?: string;
  to?: string;
}

export interface RestoreSearch {
  where?: "elsewhere" | "folder";
  /** The member or folder that items go to. */
  target?: string;
  path?: string;
  mode?: "in-place";
  conflict?: "duplicate" | "skip" | "replace";
  name?: string;
}

/** How the folder on an entity's page is to be listed. */
export function folderViewOf(search: EntitySearch) {
  return {
    path: search.path ?? "",
    sort: search.sort ?? "name",
    order: search.order ?? ("asc" as const),
    q: search.q ?? "",
  };
}

type Given = Record<string, unknown>;

export function readStart(given: Given): StartSearch {
  return {
    ...text(given, "task"),
    ...text(given, "q"),
    ...texts(given, "status"),
    ...texts(given, "kind"),
    ...oneOf(given, "sort", ENTITY_SORTS),
    ...oneOf(given, "order", ["desc"] as const),
  };
}

export function readEntity(given: Given): EntitySearch {
  return {
    ...text(given, "at"),
    ...text(given, "path"),
    ...oneOf(given, "view", ["points", "changes"] as const),
    ...text(given, "q"),
    ...oneOf(given, "sort", ITEM_SORTS),
    ...oneOf(given, "order", ["desc"] as const),
    ...(given.deleted === true ? { deleted: true } : {}),
    ...text(given, "since"),
    ...texts(given, "change"),
    ...text(given, "item"),
    ...text(given, "item_at"),
    ...oneOf(given, "tab", ["versions"] as const),
    ...(isDay(given.from) ? { from: given.from } : {}),
    ...(isDay(given.to) ? { to: given.to } : {}),
  };
}

export function readRestore(given: Given): RestoreSearch {
  return {
    ...oneOf(given, "where", ["elsewhere", "folder"] as const),
    ...text(given, "target"),
    ...text(given, "path"),
    ...oneOf(given, "mode", ["in-place"] as const),
    ...oneOf(given, "conflict", ["duplicate", "skip", "replace"] as const),
    ...text(given, "name"),
  };
}

function text<Name extends string>(given: Given, name: Name): { [N in Name]?: string } {
  const value = given[name];
  return typeof value === "string" && value !== "" ? ({ [name]: value } as never) : {};
}

function texts<Name extends string>(given: Given, name: Name): { [N in Name]?: string[] } {
  const value = given[name];
  const isList = Array.isArray(value) && value.every((one) => typeof one === "string");
  return isList && value.length > 0 ? ({ [name]: value } as never) : {};
}

function oneOf<Name extends string, Word extends string>(
  given: Given,
  name: Name,
  words: readonly Word[],
): { [N in Name]?: Word } {
  const value = given[name];
  return words.includes(value as Word) ? ({ [name]: value } as never) : {};
}

/** The same search without some of its words. */
export function without<Search extends object, Name extends keyof Search>(
  search: Search,
  ...names: Name[]
): Omit<Search, Name> {
  const rest = { ...search };
  for (const name of names) {
    delete rest[name];
  }
  return rest;
}
