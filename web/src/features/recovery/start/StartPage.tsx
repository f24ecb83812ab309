import { Button } from "@mantine/core";
import { IconPlugConnected, IconRestore } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { tasksQuery } from "@/api/tasks";
import { EntityList } from "@/features/recovery/start/EntityList";
import { TaskChoice } from "@/features/recovery/start/TaskChoice";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";

/** Whose backup to look into: the tasks, then the members and folders of one of them. */
export function StartPage() {
  const { t } = useTranslation("recovery");
  const search = useSearch({ from: "/shell/recovery-frame/recovery" });
  const tasks = useQuery(tasksQuery);
  const rows = tasks.data ?? [];
  const chosen = rows.find((task) => task.id === search.task) ?? rows[0];
  return (
    <>
      <PageHeader
        title={t("title")}
        description={t("description")}
        actions={
          <Button component={Link} to="/recovery/downloads" variant="default">
            {t("downloads.title")}
          </Button>
        }
      />
      {tasks.isError && <ErrorState error={tasks.error} onRetry={() => void tasks.refetch()} />}
      {tasks.isPending && <Loading />}
      {tasks.isSuccess && chosen === undefined && (
        <EmptyState
          icon={IconPlugConnected}
          title={t("noTasks.title")}
          text={t("noTasks.text")}
          action={
            <Button component={Link} to="/" leftSection={<IconRestore size={18} aria-hidden />}>
              {t("noTasks.action")}
            </Button>
          }
        />
      )}
      {chosen !== undefined && (
        <>
          <TaskChoice tasks={rows} chosen={chosen} />
          <EntityList key={chosen.id} task={chosen} />
        </>
      )}
    </>
  );
}
