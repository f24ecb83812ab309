import { Button, Menu } from "@mantine/core";
import { IconChevronDown, IconDownload, IconFingerprint } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { usePages } from "@/api/pages";
import { ActivityTabs } from "@/features/activity/ActivityTabs";
import { AuditDialog } from "@/features/activity/AuditDialog";
import { AuditFilters } from "@/features/activity/AuditFilters";
import { AuditProof } from "@/features/activity/AuditProof";
import { AuditTable } from "@/features/activity/AuditTable";
import { type AuditSearch, auditQueryOf, cleaned, isNarrowed } from "@/features/activity/search";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";

const route = getRouteApi("/shell/activity/audit");

/** What people did, and that nobody changed the record of it. */
export function AuditPage() {
  const { t } = useTranslation("activity");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const list = usePages(keys.audit, "/api/v1/audit", { query: auditQueryOf(search) });
  const change = (changes: Partial<Record<keyof AuditSearch, string | undefined>>) =>
    void navigate({ search: cleaned<AuditSearch>({ ...search, ...changes }), replace: true });
  const clear = () => void navigate({ search: {} });
  const shown = list.rows.find((row) => String(row.seq) === search.info);
  return (
    <>
      <PageHeader
        title={t("title")}
        description={t("auditText")}
        actions={
          <>
            <CliHint command={commandOf(search)} />
            <ExportMenu search={search} />
          </>
        }
      />
      <ActivityTabs value="audit" />
      <AuditProof />
      <AuditFilters search={search} error={list.error} onChange={change} onClear={clear} />
      {list.error !== null && <ErrorState error={list.error} onRetry={list.retry} />}
      {list.isLoading && <Loading />}
      {list.error === null && !list.isLoading && list.rows.length === 0 && (
        <EmptyState
          icon={IconFingerprint}
          title={t("emptyFiltered")}
          text={t("emptyFilteredText")}
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
        <AuditTable list={list} onInfo={(row) => change({ info: String(row.seq) })} />
      )}
      <AuditDialog row={shown} onClose={() => change({ info: undefined })} />
    </>
  );
}

/** The rows that the list shows, as a table for people or as lines for programs. */
function ExportMenu({ search }: { search: AuditSearch }) {
  const { t } = useTranslation("activity");
  const address = (form: "csv" | "jsonl", bom: boolean) => {
    const given = { ...auditQueryOf(search), form, ...(bom ? { bom: "true" } : {}) };
    return `/api/v1/audit/export?${new URLSearchParams(given)}`;
  };
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <Button
          variant="default"
          leftSection={<IconDownload size={16} />}
          rightSection={<IconChevronDown size={14} />}
        >
          {t("export.menu")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={address("csv", true)} download>
          {t("export.csv")}
        </Menu.Item>
        <Menu.Item component="a" href={address("jsonl", false)} download>
          {t("export.jsonl")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function commandOf(search: AuditSearch): string {
  const { start: from, end: to, activity, status, q: filter } = search;
  return command("audit.list", { from, to, activity, status, filter });
}
