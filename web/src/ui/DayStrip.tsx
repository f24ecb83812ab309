import { useTranslation } from "react-i18next";
import classes from "@/ui/DayStrip.module.css";

const STATES = ["good", "partly", "failed", "running", "canceled", "overdue", "none"] as const;

/** What became of a day: `none`, nothing was due; `overdue`, something was and never came. */
export type DayState = (typeof STATES)[number];

export interface Day {
  /** `2026-11-23` */
  date: string;
  state: DayState;
}

// The mark says what the colour says.
const MARKS: Record<DayState, string> = {
  good: "✓",
  partly: "!",
  failed: "✕",
  running: "↻",
  canceled: "∕",
  overdue: "–",
  none: "",
};

/** One cell a day, the newest last; read out as one sentence. */
export function DayStrip({ days, label }: { days: readonly Day[]; label: string }) {
  const { t, i18n } = useTranslation("ui");
  const count = (state: DayState) => days.filter((day) => day.state === state).length;
  const words = STATES.filter((state) => count(state) > 0)
    .map((state) => `${t(`day.${state}`)}: ${count(state)}`)
    .join(", ");
  const format = new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium", timeZone: "UTC" });
  return (
    <div>
      <div className={classes.strip} role="img" aria-label={`${label}. ${words}`}>
        {days.map((day) => (
          <span
            key={day.date}
            className={`${classes.day} ${classes[day.state]}`}
            title={`${format.format(new Date(`${day.date}T00:00:00Z`))}: ${t(`day.${day.state}`)}`}
          >
            {MARKS[day.state]}
          </span>
        ))}
      </div>
      <Legend
        states={STATES.filter((state) => state !== "none" && count(state) > 0)}
        count={count}
      />
    </div>
  );
}

/** The marks in words, for those who cannot point at a cell; the strip's own name says it too. */
function Legend({ states, count }: { states: DayState[]; count: (state: DayState) => number }) {
  const { t } = useTranslation("ui");
  return (
    <div className={classes.legend} aria-hidden>
      {states.map((state) => (
        <span key={state}>
          <span className={`${classes.mark} ${classes[state]}`}>{MARKS[state]}</span>{" "}
          {t(`day.${state}`)}: {count(state)}
        </span>
      ))}
    </div>
  );
}
