import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";

export type Task = components["schemas"]["TaskView"];

const MOST_TASKS = 500;

async function listTasks(trash: boolean): Promise<Task[]> {
  const query = { limit: MOST_TASKS, trash };
  return (await answer(api.GET("/api/v1/tasks", { params: { query } }))).items;
}

/**
 * All tasks: an appliance has a handful. Every page that needs them takes this one. Looked at anew
 * by each page, since pages without the rail (the set-up) hear of no events.
 */
export const tasksQuery = queryOptions({
  queryKey: [keys.tasks, "all"],
  queryFn: () => listTasks(false),
  staleTime: 0,
});

/** Deleted tasks that can still be taken back. */
export const trashQuery = queryOptions({
  queryKey: [keys.tasks, "trash"],
  queryFn: () => listTasks(true),
});

/** How many members and folders of a task have which status. */
export const entityCountsQuery = (taskId: string) =>
  queryOptions({
    queryKey: [keys.entities, "counts", taskId],
    queryFn: () => {
      const params = { path: { task_id: taskId } };
      return answer(api.GET("/api/v1/tasks/{task_id}/entity-counts", { params }));
    },
    enabled: taskId !== "",
  });

/** The groups of a task's team, with how many of their members the task knows. */
export const groupsQuery = (taskId: string) =>
  queryOptions({
    queryKey: [keys.entities, "groups", taskId],
    queryFn: async () => {
      const params = { path: { task_id: taskId } };
      return (await answer(api.GET("/api/v1/tasks/{task_id}/groups", { params }))).items;
    },
  });
