import { Button, Text } from "@mantine/core";
import { IconListCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { usePages } from "@/api/pages";
import { JobFilters } from "@/features/jobs/JobFilters";
import { JobsTable } from "@/features/jobs/JobsTable";
import { summaryQuery, usePolling } from "@/features/jobs/queries";
import { StatusCards } from "@/features/jobs/StatusCards";
import { type JobsSearch, jobsQueryOf } from "@/features/jobs/search";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";

const route = getRouteApi("/shell/jobs");

/** What Dropally does and has done: cards, filters, list. */
export function JobsPage() {
  const { t } = useTranslation("jobs");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const refetchInterval = usePolling();
  const summary = useQuery({ ...summaryQuery(search), refetchInterval });
  const list = usePages(keys.jobs, "/api/v1/jobs", {
    query: {
      ...jobsQueryOf(search),
      status: search.status ?? "",
      order: search.order ?? "latest",
    },
  });
  const change = (changes: Partial<Record<keyof JobsSearch, string | undefined>>) =>
    void navigate({ search: cleaned({ ...search, ...changes }), replace: true });
  const clear = () => void navigate({ search: {} });
  const isEmpty = list.error === null && !list.isLoading && list.rows.length === 0;
  return (
    <>
      <PageHeader
        title={t("title")}
        description={
          summary.data && <Text span>{headline(t, summary.data.total, search.window ?? "7d")}</Text>
        }
        actions={<CliHint command={commandOf(search)} />}
      />
      <StatusCards
        summary={summary.data}
        status={search.status ?? ""}
        onStatus={(status) => change({ status })}
      />
      <JobFilters
        search={search}
        initiators={summary.data?.initiators ?? []}
        onChange={change}
        onClear={clear}
      />
      {list.error !== null && <ErrorState error={list.error} onRetry={list.retry} />}
      {list.isLoading && <Loading />}
      {isEmpty && (
        <EmptyState
          icon={IconListCheck}
          title={t(Object.keys(search).length > 0 ? "emptyFiltered" : "empty")}
          text={t("emptyText")}
          action={
            Object.keys(search).length > 0 ? (
              <Button variant="default" onClick={clear}>
                {t("clear")}
              </Button>
            ) : (
              <Button variant="default" onClick={() => change({ kind: "backup" })}>
                {t("showBackups")}
              </Button>
            )
          }
        />
      )}
      {list.rows.length > 0 && <JobsTable list={list} />}
    </>
  );
}

function headline(
  t: TFunction<"jobs">,
  count: number,
  window: NonNullable<JobsSearch["window"]>,
): string {
  return t(`headline.${window}`, { count });
}

/** Without what stands for "all". */
function cleaned(search: Partial<Record<keyof JobsSearch, string | undefined>>): JobsSearch {
  return Object.fromEntries(
    Object.entries(search).filter(([, value]) => value !== undefined && value !== ""),
  ) as JobsSearch;
}

function commandOf(search: JobsSearch): string {
  const query = jobsQueryOf(search);
  const { kind, window } = query;
  return command("job.list", { kind, window, status: search.status, task: search.task });
}
