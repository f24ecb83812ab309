import { createRoute } from "@tanstack/react-router";
import { page } from "@/app/page";
import { shellRoute } from "@/app/roots";
import { readJobSearch } from "@/features/jobs/log-search";
import { readJobsSearch } from "@/features/jobs/search";

const jobsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/jobs",
  validateSearch: readJobsSearch,
  component: page("jobs", () => import("@/features/jobs/JobsPage"), "JobsPage"),
});

const jobRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/jobs/$jobId",
  validateSearch: readJobSearch,
  component: page("jobs", () => import("@/features/jobs/JobPage"), "JobPage"),
});

export const jobsRoutes = [jobsRoute, jobRoute] as const;
