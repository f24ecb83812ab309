import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";
import type { ItemSort } from "@/features/recovery/search";

type Schemas = components["schemas"];
export type Entity = Schemas["EntityView"];
export type Item = Schemas["ItemView"];
export type ItemDetails = Schemas["ItemDetails"];
export type DeletedItem = Schemas["DeletedItem"];
export type Point = Schemas["PointView"];
export type PointWithNeighbours = Schemas["PointWithNeighbours"];
export type Version = Schemas["VersionView"];
export type Plan = Schemas["PlanView"];
export type Download = Schemas["DownloadView"];

/** A restore point never changes, so what lay in it is asked for once. "latest" may move on. */
const FOREVER_MS = 24 * 3600 * 1000;
const FIRST_PAGE = 100;
const MOST_IN_A_PAGE = 500;

const freshFor = (point: string): { staleTime?: number } =>
  point === "latest" ? {} : { staleTime: FOREVER_MS };

export const entityQuery = (entityId: string) =>
  queryOptions({
    queryKey: [keys.entities, "one", entityId],
    queryFn: () =>
      answer(
        api.GET("/api/v1/entities/{entity_id}", { params: { path: { entity_id: entityId } } }),
      ),
  });

export const pointQuery = (entityId: string, point: string) =>
  queryOptions({
    queryKey: [keys.points, "one", entityId, point],
    queryFn: () =>
      answer(
        api.GET("/api/v1/entities/{entity_id}/points/{point_id}", {
          params: { path: { entity_id: entityId, point_id: point } },
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** The days that have restore points; "2026-11-23" -> how many. */
export const calendarQuery = (entityId: string, zone: string) =>
  queryOptions({
    queryKey: [keys.points, "calendar", entityId, zone],
    queryFn: async () => {
      const days = await answer(
        api.GET("/api/v1/entities/{entity_id}/calendar", {
          params: { path: { entity_id: entityId }, query: { zone } },
        }),
      );
      return new Map(days.map((day) => [day.date, day.points]));
    },
  });

/** The restore points of one day, newest first. */
export const dayQuery = (entityId: string, day: string, zone: string) =>
  queryOptions({
    queryKey: [keys.points, "day", entityId, day, zone],
    queryFn: () =>
      answer(
        api.GET("/api/v1/entities/{entity_id}/points", {
          params: {
            path: { entity_id: entityId },
            query: { from: day, to: day, zone, limit: MOST_IN_A_PAGE },
          },
        }),
      ),
    enabled: day !== "",
  });

/** How a folder is shown: which of its items, in which order. */
export interface FolderView {
  path: string;
  sort: ItemSort;
  order: "asc" | "desc";
  q: string;
}

/** A folder page by page; the first page opens the page, so it is asked for before it is needed. */
export const folderPages = (entityId: string, point: string, view: FolderView) =>
  infiniteQueryOptions({
    queryKey: [keys.trees, "folder", entityId, point, view],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET("/api/v1/entities/{entity_id}/points/{point_id}/tree", {
          params: {
            path: { entity_id: entityId, point_id: point },
            query: {
              ...view,
              cursor: pageParam,
              limit: pageParam === "" ? FIRST_PAGE : MOST_IN_A_PAGE,
            },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    enabled: point !== "",
    ...freshFor(point),
  });

/** The folders in a folder, for the tree: they come before all files. */
export const subfoldersQuery = (entityId: string, point: string, path: string) =>
  queryOptions({
    queryKey: [keys.trees, "subfolders", entityId, point, path],
    queryFn: () => subfolders(entityId, point, path),
    ...freshFor(point),
  });

async function subfolders(entityId: string, point: string, path: string): Promise<Item[]> {
  const found: Item[] = [];
  let cursor = "";
  do {
    const page = await answer(
      api.GET("/api/v1/entities/{entity_id}/points/{point_id}/tree", {
        params: {
          path: { entity_id: entityId, point_id: point },
          query: { path, cursor, limit: cursor === "" ? FIRST_PAGE : MOST_IN_A_PAGE },
        },
      }),
    );
    found.push(...page.items.filter((item) => item.kind === "folder"));
    const isAtFiles = page.items.some((item) => item.kind !== "folder");
    cursor = isAtFiles ? "" : (page.next_cursor ?? "");
  } while (cursor !== "");
  return found;
}

export const detailsQuery = (entityId: string, point: string, path: string) =>
  queryOptions({
    queryKey: [keys.trees, "details", entityId, point, path],
    queryFn: () =>
      answer(
        api.GET("/api/v1/entities/{entity_id}/points/{point_id}/details", {
          params: { path: { entity_id: entityId, point_id: point }, query: { path } },
        }),
      ),
    ...freshFor(point),
  });

export const versionsQuery = (entityId: string, point: string, path: string) =>
  queryOptions({
    queryKey: [keys.points, "versions", entityId, point, path],
    queryFn: () =>
      answer(
        api.GET("/api/v1/entities/{entity_id}/versions", {
          params: { path: { entity_id: entityId }, query: { path, point } },
        }),
      ),
  });

export const liveFoldersQuery = (entityId: string, path: string) =>
  queryOptions({
    queryKey: [keys.trees, "live", entityId, path],
    queryFn: () =>
      answer(
        api.GET("/api/v1/entities/{entity_id}/live-folders", {
          params: { path: { entity_id: entityId }, query: { path } },
        }),
      ),
    staleTime: 0,
  });

export const consoleSettingsQuery = queryOptions({
  queryKey: [keys.settings, "console"],
  queryFn: () => answer(api.GET("/api/v1/settings/console")),
});

/** The address of a file's bytes, for links and pictures. */
export function contentAddress(
  entityId: string,
  point: string,
  path: string,
  use: "download" | "preview",
): string {
  const query = new URLSearchParams({ path, use });
  const place = `/api/v1/entities/${encodeURIComponent(entityId)}/points/${encodeURIComponent(point)}`;
  return `${place}/content?${query}`;
}
