const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function isDay(given: unknown): given is string {
  return typeof given === "string" && DAY.test(given) && !Number.isNaN(Date.parse(given));
}

/** The first moment of a day in the person's zone, as the API takes moments. */
export function startOfDay(day: string): string {
  return new Date(`${day}T00:00:00`).toISOString();
}

/** The first moment that no longer belongs to the day. */
export function endOfDay(day: string): string {
  const moment = new Date(`${day}T00:00:00`);
  moment.setDate(moment.getDate() + 1);
  return moment.toISOString();
}
