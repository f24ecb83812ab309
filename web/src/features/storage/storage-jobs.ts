import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";
import { type Job, type JobDetail, jobQuery, usePolling } from "@/features/jobs/queries";

export type StartedJob = components["schemas"]["StartedJob"];
export type JobKind =
  | "verify"
  | "repair"
  | "drill"
  | "prune"
  | "replicate"
  | "migrate"
  | "switch"
  | "retain"
  | "lock";

const MOST_RUNS = 5;

const jobsOfStorage = (storageId: string, kinds: readonly JobKind[]) =>
  queryOptions({
    queryKey: [keys.jobs, "of-storage", storageId, kinds],
    queryFn: async () => {
      const query = { storage: storageId, kind: kinds.join(","), window: "all" as const };
      const params = { query: { ...query, limit: MOST_RUNS } };
      return (await answer(api.GET("/api/v1/jobs", { params }))).items;
    },
  });

export function isUnfinished(job: { status: string }): boolean {
  return job.status === "pending" || job.status === "in_progress";
}

/** The last jobs of these kinds on a storage, the newest first. */
export function useStorageJobs(storageId: string, kinds: readonly JobKind[]): readonly Job[] {
  const refetchInterval = usePolling();
  return useQuery({ ...jobsOfStorage(storageId, kinds), refetchInterval }).data ?? [];
}

/** All about one job; undefined for none. */
export function useJob(jobId: string | undefined): JobDetail | undefined {
  const refetchInterval = usePolling();
  const found = useQuery({
    ...jobQuery(jobId ?? ""),
    enabled: jobId !== undefined,
    refetchInterval,
  });
  return jobId === undefined ? undefined : found.data;
}

/** Starts a job; the lists of jobs then have it. */
export function useStart<Wish>(start: (wish: Wish) => Promise<StartedJob>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: start,
    onSuccess: () => queries.invalidateQueries({ queryKey: [keys.jobs] }),
  });
}
