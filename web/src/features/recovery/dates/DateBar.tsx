import { ActionIcon, Button, Group, Popover, Text, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCalendar, IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/features/recovery/dates/DateBar.module.css";
import { useEntityPlace } from "@/features/recovery/entity/place";
import { type PointWithNeighbours, pointQuery } from "@/features/recovery/queries";
import { Bytes } from "@/ui/figures";
import { Loading } from "@/ui/Loading";
import { When } from "@/ui/When";

const PointCalendar = lazy(async () => ({
  default: (await import("@/features/recovery/dates/PointCalendar")).PointCalendar,
}));

/** Which restore point is looked at: one back, one on, the newest, or any day of the calendar. */
export function DateBar({ point }: { point: PointWithNeighbours }) {
  const { t } = useTranslation("recovery");
  const { entityId, go } = useEntityPlace();
  const [isOpen, calendar] = useDisclosure(false);
  useNeighbours(entityId, point);
  const choose = (id: string) => {
    go({ at: id });
    calendar.close();
  };
  return (
    <section className={classes.bar} aria-label={t("date.label")}>
      <Group gap={4} wrap="nowrap">
        <StepButton label={t("date.older")} target={point.older} onGo={choose}>
          <IconChevronLeft size={18} />
        </StepButton>
        <Popover
          opened={isOpen}
          onChange={(open) => (open ? calendar.open() : calendar.close())}
          trapFocus
          returnFocus
          shadow="md"
          position="bottom-start"
        >
          <Popover.Target>
            <Button
              variant="default"
              className={classes.date}
              leftSection={<IconCalendar size={18} aria-hidden className={classes.wide} />}
              onClick={calendar.toggle}
              aria-haspopup="dialog"
              aria-expanded={isOpen}
            >
              <When time={point.time} />
            </Button>
          </Popover.Target>
          <Popover.Dropdown aria-label={t("date.choose")}>
            <Suspense fallback={<Loading />}>
              <PointCalendar point={point} onChoose={choose} />
            </Suspense>
          </Popover.Dropdown>
        </Popover>
        <StepButton label={t("date.newer")} target={point.newer} onGo={choose}>
          <IconChevronRight size={18} />
        </StepButton>
      </Group>
      <Button
        variant="subtle"
        disabled={point.newer === null}
        onClick={() => go({ at: undefined })}
      >
        {t("date.latest")}
      </Button>
      <PointFigures point={point} />
    </section>
  );
}

/** The restore points beside this one are loaded ahead, so that one step follows another at once. */
function useNeighbours(entityId: string, { older, newer }: PointWithNeighbours): void {
  const client = useQueryClient();
  useEffect(() => {
    for (const id of [older, newer]) {
      if (id !== null) {
        void client.prefetchQuery(pointQuery(entityId, id));
      }
    }
  }, [client, entityId, older, newer]);
}

interface StepProps {
  label: string;
  target: string | null;
  onGo: (point: string) => void;
  children: React.ReactNode;
}

function StepButton({ label, target, onGo, children }: StepProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="default"
        size="input-sm"
        aria-label={label}
        disabled={target === null}
        onClick={() => target !== null && onGo(target)}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

/** What this restore point changed, and what it holds. */
export function PointFigures({ point }: { point: PointWithNeighbours }) {
  const { t, i18n } = useTranslation("recovery");
  const figure = (value: number) => new Intl.NumberFormat(i18n.language).format(value);
  const changes = point.is_changed
    ? [
        t("date.added", { count: point.added, figure: figure(point.added) }),
        t("date.changed", { count: point.changed, figure: figure(point.changed) }),
        t("date.deleted", { count: point.deleted, figure: figure(point.deleted) }),
      ].join(" · ")
    : t("date.unchanged");
  return (
    <Text size="sm" c="dimmed" component="div">
      {changes} · {t("date.holds", { count: point.files, figure: figure(point.files) })},{" "}
      <Bytes value={point.size_bytes} />
      {point.failures > 0 && (
        <Text span inherit c="var(--mantine-color-error)" fw={600}>
          {" · "}
          {t("date.failures", { count: point.failures, figure: figure(point.failures) })}
        </Text>
      )}
    </Text>
  );
}
