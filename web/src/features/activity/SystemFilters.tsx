import { Pill } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { DateRange } from "@/features/activity/DateRange";
import { isNarrowed, type SystemSearch } from "@/features/activity/search";
import { ACTIVITIES, SERVICES, SYSTEM_STATUSES } from "@/features/activity/words";
import { FilterBar } from "@/ui/FilterBar";
import { FilterChoice } from "@/ui/FilterChoice";
import { SearchBox } from "@/ui/SearchBox";

interface Props {
  search: SystemSearch;
  error: unknown;
  onChange: (change: Partial<Record<keyof SystemSearch, string | undefined>>) => void;
  onClear: () => void;
}

/** What narrows the system's activity; all of it stands in the address. */
export function SystemFilters({ search, error, onChange, onClear }: Props) {
  const { t } = useTranslation("activity");
  return (
    <FilterBar {...(isNarrowed(search) ? { onClear } : {})}>
      <DateRange start={search.start} end={search.end} error={error} onChange={onChange} />
      <FilterChoice
        label={t("filter.activity")}
        value={search.activity ?? ""}
        choices={[
          { value: "", label: t("filter.anyActivity") },
          ...ACTIVITIES.map((one) => ({ value: one, label: t(`activity.${one}`) })),
        ]}
        onChange={(activity) => onChange({ activity })}
      />
      <FilterChoice
        label={t("filter.service")}
        value={search.service ?? ""}
        choices={[
          { value: "", label: t("filter.anyService") },
          ...SERVICES.map((one) => ({ value: one, label: t(`service.${one}`) })),
        ]}
        onChange={(service) => onChange({ service })}
      />
      <FilterChoice
        label={t("filter.status")}
        value={search.status ?? ""}
        choices={[
          { value: "", label: t("filter.anyStatus") },
          ...SYSTEM_STATUSES.map((one) => ({ value: one, label: t(`status.${one}`) })),
        ]}
        onChange={(status) => onChange({ status })}
      />
      <SearchBox
        label={t("filter.task")}
        value={search.task ?? ""}
        onChange={(task) => onChange({ task })}
      />
      <SearchBox
        label={t("filter.item")}
        value={search.item ?? ""}
        onChange={(item) => onChange({ item })}
      />
      {search.job !== undefined && (
        <Pill
          withRemoveButton
          size="md"
          onRemove={() => onChange({ job: undefined })}
          removeButtonProps={{ "aria-label": t("filter.removeJob") }}
        >
          {t("filter.job", { job: search.job })}
        </Pill>
      )}
    </FilterBar>
  );
}
