/** What the list of members and folders keeps in the address. */
export interface EntitySearch {
  q?: string;
  status?: string;
  kind?: string;
  sort?: "size" | "last_backup";
  order?: "desc";
}

const SORTS = ["size", "last_backup"] as const;

export function entitySearch(given: Record<string, unknown>): EntitySearch {
  const sort = SORTS.find((one) => one === given.sort);
  return {
    ...text("q", given.q),
    ...text("status", given.status),
    ...text("kind", given.kind),
    ...(sort === undefined ? {} : { sort }),
    ...(given.order === "desc" ? { order: "desc" as const } : {}),
  };
}

function text(name: "q" | "status" | "kind", value: unknown): EntitySearch {
  return typeof value === "string" && value !== "" ? { [name]: value } : {};
}
