import { useInterval } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

const MINUTE_MS = 60_000;
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 365 * 24 * 60 * MINUTE_MS],
  ["month", 30 * 24 * 60 * MINUTE_MS],
  ["day", 24 * 60 * MINUTE_MS],
  ["hour", 60 * MINUTE_MS],
  ["minute", MINUTE_MS],
];

interface Props {
  /** RFC 3339, as the API writes times; null where it never was. */
  time: string | null;
  /** "3 hours ago" instead of the date. */
  relative?: boolean;
}

/** A time in this browser's zone; the title says it in UTC. */
export function When({ time, relative = false }: Props) {
  const { t, i18n } = useTranslation("ui");
  useMinuteTick(relative && time !== null);
  if (time === null) {
    return <span>{t("never")}</span>;
  }
  const moment = new Date(time);
  const exact = formatTime(moment, i18n.language);
  const utc = `${moment.toISOString().replace("T", " ").slice(0, 19)} UTC`;
  return (
    <time dateTime={time} title={relative ? `${exact} (${utc})` : utc}>
      {relative ? formatRelative(moment, i18n.language, t("justNow")) : exact}
    </time>
  );
}

export function formatTime(moment: Date, language: string): string {
  return new Intl.DateTimeFormat(language, {
    dateStyle: "medium",
    timeStyle: "short",
  }).format(moment);
}

/** "3 hours ago", "in 2 days"; less than a minute is `justNow`. */
export function formatRelative(
  moment: Date,
  language: string,
  justNow: string,
  now: number = Date.now(),
): string {
  const away = moment.getTime() - now;
  const unit = UNITS.find(([, length]) => Math.abs(away) >= length);
  if (unit === undefined) {
    return justNow;
  }
  const words = new Intl.RelativeTimeFormat(language, { numeric: "always" });
  return words.format(Math.trunc(away / unit[1]), unit[0]);
}

function useMinuteTick(isWanted: boolean): void {
  const [, setTick] = useState(0);
  const { start, stop } = useInterval(() => setTick((tick) => tick + 1), MINUTE_MS);
  useEffect(() => {
    if (isWanted) {
      start();
    }
    return stop;
  }, [isWanted, start, stop]);
}
