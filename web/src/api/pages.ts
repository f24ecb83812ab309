import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { answer, api } from "@/api/client";
import type { Key } from "@/api/keys";
import type { paths } from "@/api/schema";

interface PageOf<Row> {
  items: Row[];
  next_cursor: string | null;
  total: number | null;
}
type AnswerOf<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { "application/json": infer Body } } } };
}
  ? Body
  : never;
type ParametersOf<P extends keyof paths> = paths[P] extends { get: { parameters: infer Given } }
  ? Given
  : never;

/** Paths whose GET answers in pages. */
export type PagedPath = {
  [P in keyof paths]: [AnswerOf<P>] extends [never]
    ? never
    : AnswerOf<P> extends { items: unknown[]; next_cursor?: string | null }
      ? P
      : never;
}[keyof paths];
type RowOf<P extends PagedPath> = AnswerOf<P> extends { items: (infer Row)[] } ? Row : never;
type QueryOf<P extends PagedPath> =
  ParametersOf<P> extends { query?: infer Query } ? Omit<NonNullable<Query>, "cursor"> : never;
type PathOf<P extends PagedPath> = ParametersOf<P> extends { path: infer Path } ? Path : undefined;

export interface Pages<Row> {
  rows: Row[];
  /** As the first page tells it; null where the server does not count. */
  total: number | null;
  error: Error | null;
  /** Nothing to show yet. */
  isLoading: boolean;
  /** What is shown belongs to the filter before. */
  isOutdated: boolean;
  hasMore: boolean;
  isLoadingMore: boolean;
  loadMore: () => void;
  retry: () => void;
}

/**
 * A list that comes in pages: `usePages(keys.jobs, "/api/v1/jobs", { query: { status } })`.
 * While a changed filter loads, the rows of the one before stay.
 */
export function usePages<P extends PagedPath>(
  key: Key,
  path: P,
  given: {
    query?: QueryOf<P>;
    /** What is different for the first page: it is waited for, so it may be shorter. */
    first?: { limit: number };
    path?: PathOf<P>;
    enabled?: boolean;
  } = {},
): Pages<RowOf<P>> {
  const found = useInfiniteQuery({
    queryKey: [key, "pages", path, given.path ?? null, given.query ?? null],
    queryFn: ({ pageParam, signal }) => page<RowOf<P>>(path, given, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    enabled: given.enabled ?? true,
  });
  const rows = useMemo(() => found.data?.pages.flatMap((one) => one.items) ?? [], [found.data]);
  return {
    rows,
    total: found.data?.pages[0]?.total ?? null,
    error: found.error,
    isLoading: found.isPending,
    isOutdated: found.isPlaceholderData,
    hasMore: found.hasNextPage,
    isLoadingMore: found.isFetchingNextPage,
    loadMore: () => {
      if (found.hasNextPage && !found.isFetching) {
        void found.fetchNextPage();
      }
    },
    retry: () => void found.refetch(),
  };
}

// The generic path hides from openapi-fetch what the types above have already checked.
type PlainGet = (path: string, given: object) => Promise<{ data?: unknown }>;

function page<Row>(
  path: string,
  given: { query?: object; first?: object; path?: unknown },
  cursor: string,
  signal: AbortSignal,
): Promise<PageOf<Row>> {
  const query = cursor === "" ? { ...given.query, ...given.first } : { ...given.query, cursor };
  const params = { ...(given.path === undefined ? {} : { path: given.path }), query };
  return answer((api.GET as PlainGet)(path, { params, signal })) as Promise<PageOf<Row>>;
}
