import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { entityCountsQuery, groupsQuery } from "@/api/tasks";
import {
  type EntityFilterName,
  type EntitySearch,
  isNarrowed,
} from "@/features/tasks/entity-search";
import { FilterBar } from "@/ui/FilterBar";
import { FilterChoice } from "@/ui/FilterChoice";
import { SearchBox } from "@/ui/SearchBox";

interface Props {
  taskId: string;
  search: EntitySearch;
  onChange: (search: EntitySearch) => void;
}

const KINDS = ["member", "team folder", "shared folder", "app folder"] as const;

/** By name, kind, status and group of the team; the labels say how many there are. */
export function EntityFilters({ taskId, search, onChange }: Props) {
  const { t } = useTranslation("tasks");
  const { t: ui } = useTranslation("ui");
  const counts = useQuery(entityCountsQuery(taskId)).data?.counts ?? [];
  const groups = useQuery(groupsQuery(taskId)).data ?? [];
  const set = (name: EntityFilterName, value: string) => {
    const { [name]: _before, ...rest } = search;
    onChange(value === "" ? rest : { ...rest, [name]: value });
  };
  const statuses = [...new Set(counts.map((one) => one.status))];
  const countOf = (status: string) =>
    counts.filter((one) => one.status === status).reduce((total, one) => total + one.count, 0);
  return (
    <FilterBar {...(isNarrowed(search) ? { onClear: () => onChange({}) } : {})}>
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
      {groups.length > 0 && (
        <FilterChoice
          label={t("column.group")}
          value={search.group ?? ""}
          onChange={(value) => set("group", value)}
          choices={[
            { value: "", label: t("group.all") },
            ...groups.map((one) => ({ value: one.id, label: `${one.name} (${one.members})` })),
          ]}
        />
      )}
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
