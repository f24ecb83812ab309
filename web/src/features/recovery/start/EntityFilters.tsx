import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import { type StartSearch, without } from "@/features/recovery/search";
import { KINDS, kindKey, STATUS_KEYS } from "@/features/recovery/start/kinds";
import { FilterBar } from "@/ui/FilterBar";
import { type Choice, FilterChoice } from "@/ui/FilterChoice";
import { SearchBox } from "@/ui/SearchBox";

type Counted = components["schemas"]["CountedStatus"];

interface Props {
  search: StartSearch;
  counts: readonly Counted[];
  onChange: (search: StartSearch) => void;
  onClear?: () => void;
}

export function EntityFilters({ search, counts, onChange, onClear }: Props) {
  const { t } = useTranslation("recovery");
  const { t: ui } = useTranslation("ui");
  const sum = (wanted: (one: Counted) => boolean) =>
    counts.filter(wanted).reduce((total, one) => total + one.count, 0);
  const withCount = (label: string, count: number) => t("entities.counted", { label, count });
  const statuses: Choice[] = [
    {
      value: "",
      label: withCount(
        t("entities.allStatuses"),
        sum(() => true),
      ),
    },
    ...Object.entries(STATUS_KEYS).map(([status, key]) => ({
      value: status,
      label: withCount(
        ui(key),
        sum((one) => one.status === status),
      ),
    })),
  ];
  const kinds: Choice[] = [
    { value: "", label: t("entities.allKinds") },
    ...KINDS.map((kind) => ({
      value: kind,
      label: withCount(
        t(`entityKind.${kindKey(kind)}`),
        sum((one) => one.kind === kind),
      ),
    })),
  ];
  return (
    <FilterBar {...(onClear === undefined ? {} : { onClear })}>
      <SearchBox
        label={t("entities.search")}
        value={search.q ?? ""}
        onChange={(q) => onChange(q === "" ? without(search, "q") : { ...search, q })}
      />
      <FilterChoice
        label={t("entities.status")}
        value={search.status?.[0] ?? ""}
        choices={statuses}
        onChange={(status) =>
          onChange(status === "" ? without(search, "status") : { ...search, status: [status] })
        }
      />
      <FilterChoice
        label={t("entities.kind")}
        value={search.kind?.[0] ?? ""}
        choices={kinds}
        onChange={(kind) =>
          onChange(kind === "" ? without(search, "kind") : { ...search, kind: [kind] })
        }
      />
    </FilterBar>
  );
}
