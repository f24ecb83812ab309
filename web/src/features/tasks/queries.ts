import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";

export type Task = components["schemas"]["TaskView"];
export type Entity = components["schemas"]["EntityView"];
export type Plan = components["schemas"]["SchedulePlan"];
export type Settings = components["schemas"]["TaskSettings"];
export type Retention = components["schemas"]["Retention"];

export const taskQuery = (taskId: string) =>
  queryOptions({
    queryKey: [keys.tasks, "one", taskId],
    queryFn: () =>
      answer(api.GET("/api/v1/tasks/{task_id}", { params: { path: { task_id: taskId } } })),
  });

/** What a plan would do to this task; nothing is saved. */
export const previewQuery = (taskId: string, plan: Plan) =>
  queryOptions({
    queryKey: [keys.tasks, "preview", taskId, plan],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/api/v1/schedule-preview", {
          body: { plan, task_id: taskId, count: 5 },
          signal,
        }),
      ),
    retry: false,
  });
