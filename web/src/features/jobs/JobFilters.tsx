import { Box } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import { tasksQuery } from "@/api/tasks";
import {
  type JobsSearch,
  KINDS,
  kindParameter,
  kindsOf,
  STATUSES,
  WINDOWS,
  type Window,
} from "@/features/jobs/search";
import { FilterBar } from "@/ui/FilterBar";
import { FilterChips } from "@/ui/FilterChips";
import { FilterChoice } from "@/ui/FilterChoice";
import { SearchBox } from "@/ui/SearchBox";

type Initiator = components["schemas"]["InitiatorView"];

interface Props {
  search: JobsSearch;
  initiators: readonly Initiator[];
  onChange: (change: Partial<Record<keyof JobsSearch, string | undefined>>) => void;
  onClear: () => void;
}

/** What narrows the list of jobs; all of it stands in the address. */
export function JobFilters({ search, initiators, onChange, onClear }: Props) {
  const { t } = useTranslation("jobs");
  const tasks = useQuery(tasksQuery).data ?? [];
  const isSet = Object.keys(search).length > 0;
  return (
    <FilterBar {...(isSet ? { onClear } : {})}>
      <Box w="100%">
        <FilterChips
          label={t("filter.kind")}
          value={kindsOf(search)}
          choices={KINDS.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))}
          onChange={(kinds) => onChange({ kind: kindParameter(kinds) })}
        />
      </Box>
      <FilterChoice
        label={t("filter.window")}
        value={search.window ?? "7d"}
        choices={WINDOWS.map((one) => ({ value: one, label: t(`window.${one}`) }))}
        onChange={(window) => onChange({ window: window as Window })}
      />
      <FilterChoice
        label={t("filter.status")}
        value={search.status ?? ""}
        choices={[
          { value: "", label: t("filter.anyStatus") },
          ...STATUSES.map((one) => ({ value: one, label: t(`status.${one}`) })),
        ]}
        onChange={(status) => onChange({ status })}
      />
      <FilterChoice
        label={t("filter.initiator")}
        value={search.initiator ?? ""}
        choices={[
          { value: "", label: t("filter.anybody") },
          ...initiatorChoices(initiators, search.initiator),
        ]}
        onChange={(initiator) => onChange({ initiator })}
      />
      <FilterChoice
        label={t("filter.task")}
        value={search.task ?? ""}
        choices={[
          { value: "", label: t("filter.anyTask") },
          ...tasks.map((task) => ({ value: task.id, label: task.name })),
        ]}
        onChange={(task) => onChange({ task, ...(task === "" ? { q: undefined } : {}) })}
      />
      <FilterChoice
        label={t("filter.order")}
        value={search.order ?? ""}
        choices={[
          { value: "", label: t("filter.latest") },
          { value: "oldest", label: t("filter.oldest") },
        ]}
        onChange={(order) => onChange({ order })}
      />
      {search.task !== undefined && (
        <SearchBox
          label={t("filter.item")}
          value={search.q ?? ""}
          onChange={(q) => onChange({ q })}
        />
      )}
    </FilterBar>
  );
}

/** The chosen one stays in the list, also when the rest of the filter finds nothing of theirs. */
function initiatorChoices(initiators: readonly Initiator[], chosen: string | undefined) {
  const choices = initiators.map((one) => ({ value: one.id, label: one.name }));
  const isMissing = chosen !== undefined && !choices.some((one) => one.value === chosen);
  return isMissing ? [...choices, { value: chosen, label: chosen }] : choices;
}
