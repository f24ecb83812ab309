import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";

export type LogLine = components["schemas"]["LogLine"];

const LINES_A_PAGE = 500;
const LOOK_AGAIN_MS = 2_000;

export interface Log {
  lines: LogLine[];
  isLoading: boolean;
  isComplete: boolean;
  error: Error | null;
  retry: () => void;
}

/** The log of a job, read on until its end; `isPaused` keeps what is there. */
export function useJobLog(jobId: string, isPaused: boolean): Log {
  const found = useInfiniteQuery({
    // Not below `keys.jobs`: each event would fetch every page again, and lines never change.
    queryKey: [`${keys.jobs}-log`, jobId],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET("/api/v1/jobs/{job_id}/log", {
          params: { path: { job_id: jobId }, query: { after: pageParam, limit: LINES_A_PAGE } },
          signal,
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (last) => (last.is_complete ? undefined : last.last_line),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const { hasNextPage, isFetching, error, fetchNextPage } = found;
  const lastPage = found.data?.pages.at(-1);
  const isBehind = lastPage !== undefined && lastPage.items.length === LINES_A_PAGE;
  useEffect(() => {
    if (!hasNextPage || isFetching || isPaused || error !== null) {
      return undefined;
    }
    const timer = window.setTimeout(() => void fetchNextPage(), isBehind ? 0 : LOOK_AGAIN_MS);
    return () => window.clearTimeout(timer);
  }, [hasNextPage, isFetching, isPaused, error, isBehind, fetchNextPage]);
  return {
    lines: found.data?.pages.flatMap((page) => page.items) ?? [],
    isLoading: found.isPending,
    isComplete: found.data !== undefined && !hasNextPage,
    error,
    retry: () => void found.refetch(),
  };
}
