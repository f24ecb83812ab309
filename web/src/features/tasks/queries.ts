import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";

export const taskQuery = (taskId: string) =>
  queryOptions({
    queryKey: [keys.tasks, "one", taskId],
    queryFn: () =>
      answer(api.GET("/api/v1/tasks/{task_id}", { params: { path: { task_id: taskId } } })),
  });
