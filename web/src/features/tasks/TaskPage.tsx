import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { taskQuery } from "@/features/tasks/queries";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";
import { StatusWord } from "@/ui/StatusWord";

const route = getRouteApi("/shell/tasks/$taskId");

export function TaskPage() {
  const { t } = useTranslation("tasks");
  const { taskId } = route.useParams();
  const task = useQuery(taskQuery(taskId));
  if (task.error !== null) {
    return <ErrorState error={task.error} onRetry={() => void task.refetch()} />;
  }
  if (task.data === undefined) {
    return <Loading />;
  }
  return (
    <PageHeader
      title={task.data.name}
      crumbs={[{ label: t("home"), to: "/" }]}
      description={<StatusWord kind="task" status={task.data.state} />}
    />
  );
}
