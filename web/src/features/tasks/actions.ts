import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import type { Task } from "@/features/tasks/queries";
import { sentence } from "@/ui/ErrorState";

/** What can be done with a task from its card and its page; each tells how it went. */
export function useTaskActions(task: Task) {
  const { t } = useTranslation("tasks");
  const queries = useQueryClient();
  const params = { path: { task_id: task.id } };

  const tell = async (done: string, call: () => Promise<unknown>) => {
    try {
      await call();
      notifications.show({ message: done });
    } catch (error) {
      const problem = asProblem(error);
      notifications.show({
        color: "red",
        title: sentence(problem.message),
        message: sentence(problem.hint),
        autoClose: false,
      });
    } finally {
      await queries.invalidateQueries({
        predicate: ({ queryKey }) =>
          [keys.tasks, keys.entities, keys.jobs].includes(String(queryKey[0]) as "tasks"),
      });
    }
  };

  return {
    run: () =>
      tell(t("done.run", { name: task.name }), () =>
        answer(api.POST("/api/v1/tasks/{task_id}/run", { params })),
      ),
    pause: () =>
      tell(t("done.pause", { name: task.name }), () =>
        answer(api.POST("/api/v1/tasks/{task_id}/pause", { params, body: { until: null } })),
      ),
    resume: () =>
      tell(t("done.resume", { name: task.name }), () =>
        answer(api.POST("/api/v1/tasks/{task_id}/resume", { params })),
      ),
    undelete: () =>
      tell(t("done.undelete", { name: task.name }), () =>
        answer(api.POST("/api/v1/tasks/{task_id}/undelete", { params, body: { name: "" } })),
      ),
  };
}
