import { startOfDay } from "@/features/activity/days";

/** The first moment of a day (`2026-11-23`) in this browser's zone; null for none. */
export function firstMomentOf(day: string): string | null {
  return day === "" ? null : startOfDay(day);
}

/** Its last second. */
export function lastMomentOf(day: string): string | null {
  return day === "" ? null : new Date(`${day}T23:59:59`).toISOString();
}
