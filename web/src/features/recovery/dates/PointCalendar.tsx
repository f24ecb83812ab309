import "@mantine/dates/styles.layer.css";
import "dayjs/locale/de";
import { Button, Stack, Text } from "@mantine/core";
import { DatePicker } from "@mantine/dates";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/features/recovery/dates/DateBar.module.css";
import { dayOf } from "@/features/recovery/dates/days";
import { useEntityPlace } from "@/features/recovery/entity/place";
import { calendarQuery, dayQuery, type PointWithNeighbours } from "@/features/recovery/queries";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";

interface Props {
  point: PointWithNeighbours;
  onChoose: (point: string) => void;
}

/** Days with a dot have restore points; of a day with several, the times are offered. */
export function PointCalendar({ point, onChoose }: Props) {
  const { t, i18n } = useTranslation("recovery");
  const { entityId } = useEntityPlace();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [day, setDay] = useState(dayOf(point.time, zone));
  const days = useQuery(calendarQuery(entityId, zone));
  const times = useQuery(dayQuery(entityId, day, zone));
  if (days.isError) {
    return <ErrorState error={days.error} onRetry={() => void days.refetch()} />;
  }
  if (days.data === undefined) {
    return <Loading />;
  }
  const all = [...days.data.keys()].sort();
  const ends = { ...named("minDate", all[0]), ...named("maxDate", all.at(-1)) };
  return (
    <Stack gap="sm" maw={268}>
      <DatePicker
        value={day}
        locale={i18n.language}
        firstDayOfWeek={1}
        onChange={(chosen) => chosen !== null && setDay(chosen)}
        defaultDate={day}
        {...ends}
        excludeDate={(date) => !days.data.has(date)}
        renderDay={(date) =>
          days.data.has(date) ? (
            <span className={classes.dot}>{Number(date.slice(8))}</span>
          ) : (
            Number(date.slice(8))
          )
        }
        getDayProps={(date) => ({
          "aria-label": t("date.day", {
            date: new Date(`${date}T12:00:00`).toLocaleDateString(i18n.language, {
              dateStyle: "full",
            }),
            count: days.data.get(date) ?? 0,
          }),
        })}
        ariaLabels={{
          nextMonth: t("date.nextMonth"),
          previousMonth: t("date.previousMonth"),
          nextYear: t("date.nextYear"),
          previousYear: t("date.previousYear"),
        }}
      />
      <Text size="sm" fw={600}>
        {t("date.times", { count: times.data?.items.length ?? 0 })}
      </Text>
      <Stack gap={4} mah={160} style={{ overflowY: "auto" }}>
        {(times.data?.items ?? []).map((one) => (
          <Button
            key={one.id}
            variant={one.id === point.id ? "light" : "subtle"}
            aria-current={one.id === point.id}
            justify="space-between"
            size="compact-sm"
            onClick={() => onChoose(one.id)}
            rightSection={
              <Text span size="xs" c="dimmed">
                {one.is_changed
                  ? t("date.changes", { count: one.added + one.changed + one.deleted })
                  : t("date.unchanged")}
              </Text>
            }
          >
            {new Date(one.time).toLocaleTimeString(i18n.language, { timeStyle: "medium" })}
          </Button>
        ))}
      </Stack>
    </Stack>
  );
}

function named<Name extends string>(name: Name, value: string | undefined) {
  return (value === undefined ? {} : { [name]: value }) as { [N in Name]?: string };
}
