/** Every zone that this browser knows, the person's own first. */
export function timeZones(): string[] {
  const own = ownTimeZone();
  return [own, ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== own)];
}

export function ownTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}
