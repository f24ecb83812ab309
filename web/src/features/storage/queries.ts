import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";

export type Storage = components["schemas"]["StorageAnswer"];
export type Proof = components["schemas"]["ProofAnswer"];

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

/** How much was found good, and what is damaged. */
export const proofQuery = (storageId: string) =>
  queryOptions({
    queryKey: [keys.storages, "proof", storageId],
    queryFn: () => {
      const params = { path: { storage_id: storageId } };
      return answer(api.GET("/api/v1/storages/{storage_id}/proof", { params }));
    },
  });

/** How much its repository holds, and how much of that waits to be deleted. */
export const roomQuery = (storageId: string) =>
  queryOptions({
    queryKey: [keys.storages, "use", storageId],
    queryFn: () => {
      const params = { path: { storage_id: storageId } };
      return answer(api.GET("/api/v1/storages/{storage_id}/use", { params }));
    },
  });

/** How long backups are locked in their bucket, and what waits for that. */
export const lockQuery = (storageId: string) =>
  queryOptions({
    queryKey: [keys.storages, "lock", storageId],
    queryFn: () => {
      const params = { path: { storage_id: storageId } };
      return answer(api.GET("/api/v1/storages/{storage_id}/lock", { params }));
    },
  });

/** Where this storage can be copied or moved to: other storages that no task uses. */
export function replicaTargets(storages: readonly Storage[], storageId: string): Storage[] {
  return storages.filter((one) => one.id !== storageId && one.tasks === 0);
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
