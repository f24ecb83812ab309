import { Button, Stack } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useCan } from "@/api/me";
import { tasksQuery } from "@/api/tasks";
import { ChecklistCard } from "@/features/home/ChecklistCard";
import { HeadlineCard } from "@/features/home/HeadlineCard";
import { NothingYet } from "@/features/home/NothingYet";
import { TaskCard } from "@/features/home/TaskCard";
import { Trash } from "@/features/home/Trash";
import { ErrorState } from "@/ui/ErrorState";
import { FilterBar } from "@/ui/FilterBar";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";
import { SearchBox } from "@/ui/SearchBox";

const route = getRouteApi("/shell/");

/** Whether everything is protected, and the tasks that see to it. */
export function HomePage() {
  const { t } = useTranslation("home");
  const { q = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const tasks = useQuery(tasksQuery);
  const mayAdd = useCan("task.create");
  const wanted = q.trim().toLocaleLowerCase();
  const shown = tasks.data?.filter((task) => task.name.toLocaleLowerCase().includes(wanted)) ?? [];
  const search = (text: string) =>
    void navigate({ search: text === "" ? {} : { q: text }, replace: true });
  return (
    <>
      <PageHeader
        title={t("title")}
        actions={
          mayAdd && (
            <Button component={Link} to="/tasks/new" leftSection={<IconPlus size={16} />}>
              {t("add")}
            </Button>
          )
        }
      />
      {tasks.error !== null && (
        <ErrorState error={tasks.error} onRetry={() => void tasks.refetch()} />
      )}
      {tasks.isPending && <Loading />}
      {tasks.data?.length === 0 && <NothingYet />}
      {tasks.data !== undefined && tasks.data.length > 0 && (
        <Stack gap="md">
          <HeadlineCard tasks={tasks.data} />
          <ChecklistCard />
          <FilterBar {...(q === "" ? {} : { onClear: () => search("") })}>
            <SearchBox label={t("search")} value={q} onChange={search} />
          </FilterBar>
          {shown.map((task) => (
            <TaskCard key={task.id} task={task} />
          ))}
          {shown.length === 0 && <span role="status">{t("noMatch", { q })}</span>}
        </Stack>
      )}
      <Trash />
    </>
  );
}
