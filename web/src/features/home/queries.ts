import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";

/** How the last 30 days went, by this browser's calendar. */
export const daysQuery = (taskId: string) =>
  queryOptions({
    queryKey: [keys.tasks, "days", taskId],
    queryFn: async () => {
      const query = { days: 30, zone: Intl.DateTimeFormat().resolvedOptions().timeZone };
      const params = { path: { task_id: taskId }, query };
      return (await answer(api.GET("/api/v1/tasks/{task_id}/days", { params }))).days;
    },
  });
