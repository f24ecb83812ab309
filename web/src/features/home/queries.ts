import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";

export type Task = components["schemas"]["TaskView"];

const MOST_TASKS = 500;

/** All tasks: an appliance has a handful. */
export const tasksQuery = queryOptions({
  queryKey: [keys.tasks, "all"],
  queryFn: async () => {
    const query = { limit: MOST_TASKS };
    return (await answer(api.GET("/api/v1/tasks", { params: { query } }))).items;
  },
});

/** Deleted tasks that can still be taken back. */
export const trashQuery = queryOptions({
  queryKey: [keys.tasks, "trash"],
  queryFn: async () => {
    const query = { limit: MOST_TASKS, trash: true };
    return (await answer(api.GET("/api/v1/tasks", { params: { query } }))).items;
  },
});

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
