import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { entityCountsQuery } from "@/api/tasks";
import type { EntitySearch } from "@/features/tasks/entity-search";
import { FilterBar } from "@/ui/FilterBar";
import { FilterChoice } from "@/ui/FilterChoice";
import { SearchBox } from "@/ui/SearchBox";

interface Props {
  taskId: string;
  search: EntitySearch;
  onChange: (search: EntitySearch) => void;
}

const KINDS = ["member", "team folder", "shared folder", "app folder"] as const;

/** By name, kind and status; the labels say how many there are. */
export function EntityFilters({ taskId, search, onChange }: Props) {
  const { t } = useTranslation("tasks");
  const { t: ui } = useTranslation("ui");
  const counts = useQuery(entityCountsQuery(taskId)).data?.counts ?? [];
  const set = (name: "q" | "status" | "kind", value: string) => {
    const { [name]: _before, ...rest } = search;
    onChange(value === "" ? rest : { ...rest, [name]: value });
  };
  const statuses = [...new Set(counts.map((one) => one.status))];
  const countOf = (status: string) =>
    counts.filter((one) => one.status === status).reduce((total, one) => total + one.count, 0);
  const isFiltered =
    search.q !== undefined || search.status !== undefined || search.kind !== undefined;
  return (
    <FilterBar {...(isFiltered ? { onClear: () => onChange({}) } : {})}>
      <SearchBox
        label={t("entities.search")}
        value={search.q ?? ""}
        onChange={(value) => set("q", value)}
      />
      <FilterChoice
        label={t("column.kind")}
        value={search.kind ?? ""}
        onChange={(value) => set("kind", value)}
        choices={[
          { value: "", label: t("kind.all") },
          ...KINDS.map((kind) => ({ value: kind, label: t(`kind.${kind}`) })),
        ]}
      />
      <FilterChoice
        label={t("column.status")}
        value={search.status ?? ""}
        onChange={(value) => set("status", value)}
        choices={[
          { value: "", label: t("status.all") },
          ...statuses.map((status) => ({
            value: status,
            label: `${ui(STATUS_KEYS[status] ?? "status.entity.active")} (${countOf(status)})`,
          })),
        ]}
      />
    </FilterBar>
  );
}

const STATUS_KEYS: Record<string, "status.entity.active"> = Object.fromEntries(
  [
    ["Not Active", "notActive"],
    ["Scheduled", "scheduled"],
    ["In Process", "inProcess"],
    ["Active", "active"],
    ["Paused", "paused"],
    ["Archived", "archived"],
    ["Backed-up in another task", "elsewhere"],
    ["Deleted", "deleted"],
  ].map(([status, key]) => [status, `status.entity.${key}` as "status.entity.active"]),
);
