/** What the list of members and folders keeps in the address. */
export interface EntitySearch {
  q?: string;
  status?: string;
  kind?: string;
  /** The id of a group of the team: only its members. */
  group?: string;
  sort?: "size" | "last_backup";
  order?: "desc";
}

export type EntityFilterName = "q" | "status" | "kind" | "group";
const SORTS = ["size", "last_backup"] as const;

export function entitySearch(given: Record<string, unknown>): EntitySearch {
  const sort = SORTS.find((one) => one === given.sort);
  return {
    ...text("q", given.q),
    ...text("status", given.status),
    ...text("kind", given.kind),
    ...text("group", given.group),
    ...(sort === undefined ? {} : { sort }),
    ...(given.order === "desc" ? { order: "desc" as const } : {}),
  };
}

/** Whether anything narrows the list. */
export function isNarrowed({ q, status, kind, group }: EntitySearch): boolean {
  return [q, status, kind, group].some((one) => one !== undefined);
}

/** The filter as the API takes it, for lists and for actions on all that match. */
export function filterOf({ q, status, kind, group }: EntitySearch) {
  return {
    ...(q === undefined ? {} : { q }),
    ...(status === undefined ? {} : { status: [status] }),
    ...(kind === undefined ? {} : { kind: [kind] }),
    ...(group === undefined ? {} : { group: [group] }),
  };
}

function text(name: EntityFilterName, value: unknown): EntitySearch {
  return typeof value === "string" && value !== "" ? { [name]: value } : {};
}
