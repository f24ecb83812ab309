import { Button } from "@mantine/core";
import { IconActivity, IconFileTypeCsv } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { usePages } from "@/api/pages";
import { ActivityDialog } from "@/features/activity/ActivityDialog";
import { ActivityTabs } from "@/features/activity/ActivityTabs";
import { SystemFilters } from "@/features/activity/SystemFilters";
import { SystemTable } from "@/features/activity/SystemTable";
import { cleaned, isNarrowed, type SystemSearch, systemQueryOf } from "@/features/activity/search";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";

const route = getRouteApi("/shell/activity/system");

/** What the system did: a row for each thing, the facts behind it, and the file. */
export function SystemPage() {
  const { t } = useTranslation("activity");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const list = usePages(keys.activity, "/api/v1/activity", { query: systemQueryOf(search) });
  const change = (changes: Partial<Record<keyof SystemSearch, string | undefined>>) =>
    void navigate({ search: cleaned<SystemSearch>({ ...search, ...changes }), replace: true });
  const clear = () => void navigate({ search: {} });
  return (
    <>
      <PageHeader
        title={t("title")}
        description={t("systemText")}
        actions={
          <>
            <CliHint command={commandOf(search)} />
            <Button
              component="a"
              href={`/api/v1/activity/export?${new URLSearchParams({ ...systemQueryOf(search), bom: "true" })}`}
              download
              variant="default"
              leftSection={<IconFileTypeCsv size={16} />}
            >
              {t("export.csv")}
            </Button>
          </>
        }
      />
      <ActivityTabs value="system" />
      <SystemFilters search={search} error={list.error} onChange={change} onClear={clear} />
      {list.error !== null && <ErrorState error={list.error} onRetry={list.retry} />}
      {list.isLoading && <Loading />}
      {list.error === null && !list.isLoading && list.rows.length === 0 && (
        <EmptyState
          icon={IconActivity}
          title={t(isNarrowed(search) ? "emptyFiltered" : "empty")}
          text={t(isNarrowed(search) ? "emptyFilteredText" : "emptyText")}
          action={
            isNarrowed(search) && (
              <Button variant="default" onClick={clear}>
                {t("clear")}
              </Button>
            )
          }
        />
      )}
      {list.rows.length > 0 && (
        <SystemTable list={list} onInfo={(row) => change({ info: String(row.id) })} />
      )}
      <ActivityDialog rowId={search.info} onClose={() => change({ info: undefined })} />
    </>
  );
}

function commandOf(search: SystemSearch): string {
  const { activity, status, task, item } = search;
  return command("activity.list", { activity, status, task, item });
}
