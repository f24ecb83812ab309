import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { DateRange } from "@/features/activity/DateRange";
import { type AuditSearch, isNarrowed } from "@/features/activity/search";
import { AUDIT_STATUSES, eventWords } from "@/features/activity/words";
import { FilterBar } from "@/ui/FilterBar";
import { FilterChoice } from "@/ui/FilterChoice";
import { SearchBox } from "@/ui/SearchBox";

interface Props {
  search: AuditSearch;
  error: unknown;
  onChange: (change: Partial<Record<keyof AuditSearch, string | undefined>>) => void;
  onClear: () => void;
}

/** What narrows the audit; all of it stands in the address. */
export function AuditFilters({ search, error, onChange, onClear }: Props) {
  const { t } = useTranslation("activity");
  const events = useQuery({
    queryKey: [keys.audit, "activities"],
    queryFn: () => answer(api.GET("/api/v1/audit/activities")),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <FilterBar {...(isNarrowed(search) ? { onClear } : {})}>
      <DateRange start={search.start} end={search.end} error={error} onChange={onChange} />
      <FilterChoice
        label={t("filter.event")}
        value={search.activity ?? ""}
        choices={[
          { value: "", label: t("filter.anyEvent") },
          ...(events.data ?? []).map((one) => ({
            value: one.activity,
            label: eventWords(t, one.activity, one.label),
          })),
        ]}
        onChange={(activity) => onChange({ activity })}
      />
      <FilterChoice
        label={t("filter.status")}
        value={search.status ?? ""}
        choices={[
          { value: "", label: t("filter.anyStatus") },
          ...AUDIT_STATUSES.map((one) => ({ value: one, label: t(`auditStatus.${one}`) })),
        ]}
        onChange={(status) => onChange({ status })}
      />
      <SearchBox
        label={t("filter.words")}
        value={search.q ?? ""}
        onChange={(q) => onChange({ q })}
      />
    </FilterBar>
  );
}
