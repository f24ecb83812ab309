import { Button, Group, TextInput } from "@mantine/core";
import { IconCalendarOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { usePages } from "@/api/pages";
import { dayOf, daysBefore, PRESETS } from "@/features/recovery/dates/days";
import { useEntityPlace } from "@/features/recovery/entity/place";
import type { Point } from "@/features/recovery/queries";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { FilterBar } from "@/ui/FilterBar";
import { Bytes, Count } from "@/ui/figures";
import { Loading } from "@/ui/Loading";
import { When } from "@/ui/When";

/** The restore points between two days, each with what it changed; one is chosen to look into. */
export function PointsView() {
  const { t } = useTranslation("recovery");
  const { entityId, search, go } = useEntityPlace();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const { from, to } = search;
  const list = usePages(keys.points, "/api/v1/entities/{entity_id}/points", {
    path: { entity_id: entityId },
    query: { zone, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) },
  });
  const columns = useColumns();
  const isFiltered = from !== undefined || to !== undefined;
  const clear = () => go({ from: undefined, to: undefined });
  return (
    <>
      <FilterBar {...(isFiltered ? { onClear: clear } : {})}>
        <DayInput label={t("points.from")} value={from} onChange={(day) => go({ from: day })} />
        <DayInput label={t("points.to")} value={to} onChange={(day) => go({ to: day })} />
        <Group gap={4} mt="lg" role="group" aria-label={t("points.presets")}>
          {PRESETS.map((preset) => (
            <Button
              key={preset.key}
              size="compact-sm"
              variant="default"
              onClick={() => {
                const today = dayOf(new Date().toISOString(), zone);
                go({ from: daysBefore(today, preset.days - 1), to: today });
              }}
            >
              {t(`points.${preset.key}`)}
            </Button>
          ))}
        </Group>
      </FilterBar>
      {list.error !== null && <ErrorState error={list.error} onRetry={list.retry} />}
      {list.isLoading && <Loading />}
      {list.error === null && !list.isLoading && list.rows.length === 0 && (
        <EmptyState icon={IconCalendarOff} title={t("points.none")} text={t("points.noneText")} />
      )}
      {list.rows.length > 0 && (
        <DataTable
          label={t("view.points")}
          columns={columns}
          rows={list.rows}
          rowId={(row) => row.id}
          onOpen={(row) => go({ at: row.id, view: undefined })}
          hasMore={list.hasMore}
          loadMore={list.loadMore}
          height="max(280px, calc(100dvh - 480px))"
        />
      )}
    </>
  );
}

interface DayProps {
  label: string;
  value: string | undefined;
  onChange: (day: string | undefined) => void;
}

function DayInput({ label, value, onChange }: DayProps) {
  return (
    <TextInput
      type="date"
      label={label}
      value={value ?? ""}
      onChange={(event) => onChange(event.currentTarget.value || undefined)}
    />
  );
}

function useColumns(): Column<Point>[] {
  const { t } = useTranslation("recovery");
  const figure = (id: "added" | "changed" | "deleted" | "failures" | "files"): Column<Point> => ({
    id,
    header: t(`points.${id}`),
    width: "minmax(84px, 1fr)",
    align: "end",
    cell: (row) => <Count value={row[id]} />,
  });
  return [
    {
      id: "time",
      header: t("points.time"),
      width: "minmax(180px, 2fr)",
      cell: (row) => <When time={row.time} />,
    },
    figure("added"),
    figure("changed"),
    figure("deleted"),
    { ...figure("failures"), width: "minmax(130px, 1fr)" },
    figure("files"),
    {
      id: "size",
      header: t("points.size"),
      width: "100px",
      align: "end",
      cell: (row) => <Bytes value={row.size_bytes} />,
    },
  ];
}
