import { Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { RetentionPreview } from "@/features/tasks/queries";
import classes from "@/features/tasks/YearChart.module.css";

/** Which points there will be in a year, on a line from the oldest to then. */
export function YearEnd({ preview }: { preview: RetentionPreview }) {
  const { t, i18n } = useTranslation("tasks");
  const times = preview.year_end.map((time) => new Date(time).getTime());
  const end = new Date(preview.year.at(-1)?.at ?? 0).getTime();
  const oldest = times.at(-1);
  if (oldest === undefined) {
    return null;
  }
  const day = new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium" });
  const span = Math.max(1, end - oldest);
  return (
    <Stack gap={4}>
      <Text fw={600}>{t("forecast.end")}</Text>
      <div
        className={classes.line}
        role="img"
        aria-label={t("forecast.endChart", { count: times.length, oldest: day.format(oldest) })}
      >
        {times.map((time) => (
          <div
            key={time}
            className={classes.point}
            style={{ insetInlineStart: `${(99.5 * (time - oldest)) / span}%` }}
            title={day.format(time)}
          />
        ))}
      </div>
      <div className={classes.axis} aria-hidden>
        <span>{day.format(oldest)}</span>
        <span>{day.format(end)}</span>
      </div>
    </Stack>
  );
}
