import { useTranslation } from "react-i18next";

const STEP = 1024;
const SIZE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const SHORT_S = 10;
const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

/** A size in binary units; the title says the bytes. */
export function Bytes({ value }: { value: number }) {
  const { i18n } = useTranslation("ui");
  return (
    <span title={`${formatCount(value, i18n.language)} B`}>
      {formatBytes(value, i18n.language)}
    </span>
  );
}

export function Count({ value }: { value: number }) {
  const { i18n } = useTranslation("ui");
  return <span>{formatCount(value, i18n.language)}</span>;
}

/** A stretch of time: "2 h 05 min". */
export function Duration({ seconds }: { seconds: number }) {
  const { t, i18n } = useTranslation("ui");
  const whole = Math.round(seconds);
  if (seconds < SHORT_S) {
    const figure = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1 });
    return <span>{t("duration.seconds", { s: figure.format(seconds) })}</span>;
  }
  if (whole < MINUTE_S) {
    return <span>{t("duration.seconds", { s: whole })}</span>;
  }
  if (whole < HOUR_S) {
    const given = { m: Math.floor(whole / MINUTE_S), s: padded(whole % MINUTE_S) };
    return <span>{t("duration.minutes", given)}</span>;
  }
  if (whole < DAY_S) {
    const given = {
      h: Math.floor(whole / HOUR_S),
      m: padded(Math.floor((whole % HOUR_S) / MINUTE_S)),
    };
    return <span>{t("duration.hours", given)}</span>;
  }
  const given = { d: Math.floor(whole / DAY_S), h: Math.floor((whole % DAY_S) / HOUR_S) };
  return <span>{t("duration.days", given)}</span>;
}

export function formatCount(value: number, language: string): string {
  return new Intl.NumberFormat(language).format(value);
}

/** 1536 -> "1.5 KiB"; three digits at most, so that a column stays calm. */
export function formatBytes(value: number, language: string): string {
  let size = value;
  let unit = 0;
  while (size >= STEP && unit < SIZE_UNITS.length - 1) {
    size /= STEP;
    unit += 1;
  }
  const digits = unit === 0 || size >= 100 ? 0 : 1;
  const figure = new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(size);
  return `${figure} ${SIZE_UNITS[unit]}`;
}

function padded(value: number): string {
  return String(value).padStart(2, "0");
}
