import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";

export type Storage = components["schemas"]["StorageAnswer"];

export const storagesQuery = queryOptions({
  queryKey: [keys.storages, "list"],
  queryFn: async () => (await answer(api.GET("/api/v1/storages"))).items,
});

/** One storage with its key slots, and the tag that changes are sent with. */
export function storageQuery(storageId: string) {
  return queryOptions({
    queryKey: [keys.storages, "one", storageId],
    queryFn: async () => {
      const params = { path: { storage_id: storageId } };
      const { data, response } = await api.GET("/api/v1/storages/{storage_id}", { params });
      return { storage: data as Storage, etag: response.headers.get("ETag") ?? "*" };
    },
  });
}

/** In one word how a storage is: as StatusWord shows it. */
export function stateOf(storage: Storage): "ok" | "warning" | "failed" | "unknown" {
  if (storage.is_reachable === false) {
    return "failed";
  }
  if (storage.warnings.length > 0) {
    return "warning";
  }
  return storage.is_reachable === null ? "unknown" : "ok";
}
