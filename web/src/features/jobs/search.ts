/** What the address of the list of jobs says. */
export const WINDOWS = ["24h", "7d", "30d", "90d", "all"] as const;
export type Window = (typeof WINDOWS)[number];

export const KINDS = [
  "restore",
  "export",
  "backup",
  "discover",
  "verify",
  "repair",
  "drill",
  "retain",
  "prune",
  "lock",
  "replicate",
  "migrate",
  "erase",
  "rebuild",
  "self-backup",
] as const;
export const STATUSES = [
  "in_progress",
  "succeeded",
  "partially_succeeded",
  "failed",
  "pending",
  "canceled",
] as const;

/** What people ask for themselves; backups have their place on Home. */
export const USUAL_KINDS: readonly string[] = ["restore", "export"];

export interface JobsSearch {
  /** Left out: the usual ones. */
  kind?: string;
  status?: string;
  task?: string;
  initiator?: string;
  q?: string;
  window?: Window;
  order?: "oldest";
}

export function readJobsSearch(given: Record<string, unknown>): JobsSearch {
  const window = WINDOWS.find((one) => one === given.window);
  return {
    ...text("kind", given),
    ...text("status", given),
    ...text("task", given),
    ...text("initiator", given),
    ...text("q", given),
    ...(window === undefined || window === "7d" ? {} : { window }),
    ...(given.order === "oldest" ? { order: "oldest" as const } : {}),
  };
}

function text<Name extends string>(
  name: Name,
  given: Record<string, unknown>,
): { [key in Name]?: string } {
  const value = given[name];
  const isGiven = (typeof value === "string" || typeof value === "number") && value !== "";
  return (isGiven ? { [name]: String(value) } : {}) as { [key in Name]?: string };
}

export function kindsOf(search: JobsSearch): readonly string[] {
  return search.kind === undefined ? USUAL_KINDS : search.kind.split(",");
}

/** The chosen kinds as the address has them: nothing for the usual ones. */
export function kindParameter(kinds: readonly string[]): string | undefined {
  const isUsual =
    kinds.length === USUAL_KINDS.length && USUAL_KINDS.every((kind) => kinds.includes(kind));
  return isUsual || kinds.length === 0 ? undefined : kinds.join(",");
}

/** The filter as the API takes it, without the status: the cards count every status. */
export function jobsQueryOf(search: JobsSearch) {
  return {
    kind: kindsOf(search).join(","),
    window: search.window ?? ("7d" as const),
    ...(search.task === undefined ? {} : { task: search.task }),
    ...(search.initiator === undefined ? {} : { initiator: search.initiator }),
    ...(search.q === undefined ? {} : { q: search.q }),
  };
}
