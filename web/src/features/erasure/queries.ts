import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";

export type Erasure = components["schemas"]["ErasureView"];
export type Wish = components["schemas"]["ErasureWish"];

/** What a dry run found; as its job's result has it. */
export interface WouldErase {
  points: number;
  files: number;
  versions: number;
  bytes: number;
  oldest: string | null;
  newest: string | null;
  is_in_dropbox: boolean;
  /** Bytes that other items need, and which those are. */
  shared_bytes: number;
  shared: { namespace: string; path: string }[];
  held_by: string[];
}

/** All erasures, the newest first. */
export const erasuresQuery = queryOptions({
  queryKey: [keys.jobs, "erasures"],
  queryFn: async () => (await answer(api.GET("/api/v1/erasures"))).items,
});

/** What backups of an entity pass over, since it was erased. */
export const exclusionsQuery = (entityId: string) =>
  queryOptions({
    queryKey: [keys.jobs, "exclusions", entityId],
    queryFn: async () => {
      const params = { path: { entity_id: entityId } };
      return (await answer(api.GET("/api/v1/entities/{entity_id}/exclusions", { params }))).items;
    },
  });

/** Asks for an erasure, or what it would erase. */
export function askForErasure(entityId: string, body: Wish) {
  const params = { path: { entity_id: entityId } };
  return answer(api.POST("/api/v1/entities/{entity_id}/erasures", { params, body }));
}

export function certificateAddress(erasureId: string, form: "pdf" | "text" | "json"): string {
  return `/api/v1/erasures/${erasureId}/certificate?form=${form}`;
}
