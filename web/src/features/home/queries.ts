import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";

export const tasksQuery = queryOptions({
  queryKey: [keys.tasks, "all"],
  queryFn: () => answer(api.GET("/api/v1/tasks", { params: { query: { limit: 500 } } })),
});
