/** Days as texts, "2026-11-23": they sort like dates and know no zone. */

/** The day of a moment in a zone. */
export function dayOf(moment: string, zone: string): string {
  return new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).format(new Date(moment));
}

export interface Preset {
  key: "week" | "month" | "quarter" | "year";
  days: number;
}

export const PRESETS: readonly Preset[] = [
  { key: "week", days: 7 },
  { key: "month", days: 30 },
  { key: "quarter", days: 90 },
  { key: "year", days: 365 },
];

/** The day that lies so many days back. */
export function daysBefore(day: string, days: number): string {
  const moment = new Date(`${day}T12:00:00Z`);
  moment.setUTCDate(moment.getUTCDate() - days);
  return moment.toISOString().slice(0, 10);
}

export function isDay(text: unknown): text is string {
  return typeof text === "string" && /^\d{4}-\d{2}-\d{2}$/.test(text);
}
