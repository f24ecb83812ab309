import type { Task } from "@/api/tasks";

/** What Home says first: how much of what should be protected is, and since when. */
export interface Headline {
  /** Members and folders that should have a backup. */
  wanted: number;
  /** Those that have one and are being kept up to date. */
  safe: number;
  paused: number;
  /** The last backup of whichever is furthest behind; null without any. */
  oldest: string | null;
  nextRun: string | null;
  bytes: number;
  /** Tasks whose team no longer lets Dropally in. */
  disconnected: number;
}

const SAFE = ["Active", "In Process"];
const WANTED = [...SAFE, "Scheduled", "Paused"];

export function headlineOf(tasks: readonly Task[]): Headline {
  const count = (words: readonly string[]) =>
    sum(tasks.flatMap((task) => words.map((word) => task.counts[word] ?? 0)));
  return {
    wanted: count(WANTED),
    safe: count(SAFE),
    paused: count(["Paused"]),
    oldest: earliest(tasks.map((task) => task.oldest_last_backup)),
    nextRun: earliest(tasks.map((task) => task.next_run)),
    bytes: sum(tasks.map((task) => task.bytes)),
    disconnected: tasks.filter((task) => task.connection.state === "Disconnected").length,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function earliest(times: readonly (string | null)[]): string | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0
    ? null
    : known.reduce((first, time) => (Date.parse(time) < Date.parse(first) ? time : first));
}
