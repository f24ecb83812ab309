import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";

export type Task = components["schemas"]["TaskView"];
export type Entity = components["schemas"]["EntityView"];
export type Plan = components["schemas"]["SchedulePlan"];
export type Settings = components["schemas"]["TaskSettings"];
export type Retention = components["schemas"]["Retention"];
export type RetentionPreview = components["schemas"]["RetentionPreview"];
export type Hold = components["schemas"]["HoldView"];

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

/** What a retention would forget of this task, and keep over a year; nothing is saved. */
export const retentionPreviewQuery = (taskId: string, retention: Retention) =>
  queryOptions({
    queryKey: [keys.tasks, "retention-preview", taskId, retention],
    queryFn: ({ signal }) => {
      const params = { path: { task_id: taskId } };
      return answer(
        api.POST("/api/v1/tasks/{task_id}/retention-preview", { params, body: retention, signal }),
      );
    },
    retry: false,
  });

/** The holds of all tasks that the person may know of. */
export const holdsQuery = queryOptions({
  queryKey: [keys.tasks, "holds"],
  queryFn: async () => (await answer(api.GET("/api/v1/holds"))).items,
});
