import { createRoute } from "@tanstack/react-router";
import { tasksQuery, trashQuery } from "@/api/tasks";
import { page } from "@/app/page";
import { shellRoute } from "@/app/roots";

const homeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/",
  validateSearch: (given: Record<string, unknown>): { q?: string } =>
    typeof given.q === "string" && given.q !== "" ? { q: given.q } : {},
  loader: ({ context }) => {
    void context.queryClient.prefetchQuery(tasksQuery);
    void context.queryClient.prefetchQuery(trashQuery);
  },
  component: page(["home", "tasks"], () => import("@/features/home/HomePage"), "HomePage"),
});

export const homeRoutes = [homeRoute] as const;
