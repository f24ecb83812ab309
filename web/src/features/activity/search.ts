import { endOfDay, isDay, startOfDay } from "@/features/activity/days";

interface Stretch {
  /** Days in the person's zone, both included: `2026-11-23`. */
  start?: string;
  end?: string;
}

/** What the address of the system's activity says. */
export interface SystemSearch extends Stretch {
  activity?: string;
  status?: string;
  service?: string;
  task?: string;
  item?: string;
  job?: string;
  /** The row whose facts are shown. */
  info?: string;
}

/** What the address of the security audit says. */
export interface AuditSearch extends Stretch {
  activity?: string;
  status?: string;
  q?: string;
  info?: string;
}

export function readSystemSearch(given: Record<string, unknown>): SystemSearch {
  return {
    ...days(given),
    ...texts(given, ["activity", "status", "service", "task", "item", "job", "info"]),
  };
}

export function readAuditSearch(given: Record<string, unknown>): AuditSearch {
  return { ...days(given), ...texts(given, ["activity", "status", "q", "info"]) };
}

function days(given: Record<string, unknown>): Stretch {
  return {
    ...(isDay(given.start) ? { start: given.start } : {}),
    ...(isDay(given.end) ? { end: given.end } : {}),
  };
}

function texts<Name extends string>(
  given: Record<string, unknown>,
  names: readonly Name[],
): { [key in Name]?: string } {
  const found = names
    .filter((name) => ["string", "number"].includes(typeof given[name]) && given[name] !== "")
    .map((name) => [name, String(given[name])]);
  return Object.fromEntries(found) as { [key in Name]?: string };
}

/** Without what stands for "all". */
export function cleaned<Search extends object>(
  search: Partial<Record<keyof Search, string | undefined>>,
): Search {
  return Object.fromEntries(
    Object.entries(search).filter(([, value]) => value !== undefined && value !== ""),
  ) as Search;
}

export function systemQueryOf(search: SystemSearch) {
  return {
    ...stretchOf(search),
    ...(search.activity === undefined ? {} : { activity: search.activity }),
    ...(search.status === undefined ? {} : { status: search.status }),
    ...(search.service === undefined ? {} : { service: search.service }),
    ...(search.task === undefined ? {} : { task_name: search.task }),
    ...(search.item === undefined ? {} : { item: search.item }),
    ...(search.job === undefined ? {} : { job: search.job }),
  };
}

export function auditQueryOf(search: AuditSearch) {
  return {
    ...stretchOf(search),
    ...(search.activity === undefined ? {} : { activity: search.activity as "sign_in" }),
    ...(search.status === undefined ? {} : { status: search.status as "failed" }),
    ...(search.q === undefined ? {} : { q: search.q }),
  };
}

function stretchOf({ start, end }: Stretch) {
  return {
    ...(start === undefined ? {} : { start: startOfDay(start) }),
    ...(end === undefined ? {} : { end: endOfDay(end) }),
  };
}

/** True if something besides the open row stands in the address. */
export function isNarrowed(search: object): boolean {
  return Object.keys(search).some((name) => name !== "info");
}
