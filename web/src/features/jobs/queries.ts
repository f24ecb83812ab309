import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { useEventLineState } from "@/api/events";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";
import { type JobsSearch, jobsQueryOf } from "@/features/jobs/search";

export type Job = components["schemas"]["JobView"];
export type JobDetail = components["schemas"]["JobDetail"];

const POLL_MS = 5_000;

/** While the event stream is lost, what moves is asked for every few seconds. */
export function usePolling(): number | false {
  return useEventLineState() === "lost" ? POLL_MS : false;
}

export const summaryQuery = (search: JobsSearch) =>
  queryOptions({
    queryKey: [keys.jobs, "summary", jobsQueryOf(search)],
    queryFn: () =>
      answer(api.GET("/api/v1/jobs/summary", { params: { query: jobsQueryOf(search) } })),
  });

export const jobQuery = (jobId: string) =>
  queryOptions({
    queryKey: [keys.jobs, "one", jobId],
    queryFn: () =>
      answer(api.GET("/api/v1/jobs/{job_id}", { params: { path: { job_id: jobId } } })),
  });

export const runningQuery = queryOptions({
  queryKey: [keys.jobs, "running"],
  queryFn: () =>
    answer(
      api.GET("/api/v1/jobs", {
        params: { query: { window: "all", status: "in_progress,pending", limit: 50 } },
      }),
    ),
});

/** What ended lately of what people had asked for: for the past tab of the running jobs. */
export const recentQuery = queryOptions({
  queryKey: [keys.jobs, "recent"],
  queryFn: () =>
    answer(
      api.GET("/api/v1/jobs", {
        params: {
          query: {
            window: "7d",
            status: "succeeded,partially_succeeded,failed,canceled",
            initiator: "user,token,cli",
            limit: 8,
          },
        },
      }),
    ),
});

export const cancelJob = (jobId: string) =>
  answer(api.POST("/api/v1/jobs/{job_id}/cancel", { params: { path: { job_id: jobId } } }));

/** All of the job, what failed of it, or only what failed by one cause. */
export type RetryWish = "all" | "failed" | { cause: string };

export const retryJob = (jobId: string, wish: RetryWish) =>
  answer(
    api.POST("/api/v1/jobs/{job_id}/retry", {
      params: { path: { job_id: jobId } },
      body: {
        only_failed: wish !== "all",
        cause: typeof wish === "string" ? "" : wish.cause,
      },
    }),
  );
