import { useQueryClient } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { saveFile } from "@/api/save-file";
import type { components } from "@/api/schema";

export type NewCode = components["schemas"]["NewCodeAnswer"];

/** What can be done with the keys of a storage's repository. */
export function useKeyActions(storageId: string) {
  const queries = useQueryClient();
  const params = { path: { storage_id: storageId } };
  const told = async <T>(done: Promise<T>): Promise<T> => {
    const result = await done;
    await queries.invalidateQueries({ queryKey: [keys.storages] });
    return result;
  };
  return {
    create: (): Promise<NewCode> =>
      told(answer(api.POST("/api/v1/storages/{storage_id}/repository", { params }))),
    renew: (): Promise<NewCode> =>
      told(answer(api.POST("/api/v1/storages/{storage_id}/recovery-code", { params }))),
    adopt: (body: { recovery_code: string; passphrase: string }) =>
      told(answer(api.POST("/api/v1/storages/{storage_id}/repository/adopt", { params, body }))),
    confirm: (body: { groups?: Record<string, string>; code?: string }) =>
      told(
        answer(
          api.POST("/api/v1/storages/{storage_id}/recovery-code/confirm", {
            params,
            body: { groups: body.groups ?? {}, code: body.code ?? "" },
          }),
        ),
      ),
    /** A key file is saved in this browser; the answer is the only place that has it. */
    add: async (body: components["schemas"]["NewKey"]): Promise<void> => {
      const made = await told(
        answer(api.POST("/api/v1/storages/{storage_id}/keys", { params, body })),
      );
      if (made.key_file !== "") {
        saveFile(new Blob([made.key_file], { type: "text/plain" }), `dropally-${made.id}.key`);
      }
    },
    remove: (slotId: string) =>
      told(
        answer(
          api.DELETE("/api/v1/storages/{storage_id}/keys/{slot_id}", {
            params: { path: { storage_id: storageId, slot_id: slotId } },
          }),
        ),
      ),
    rotate: (body: components["schemas"]["RotationWish"]) =>
      told(answer(api.POST("/api/v1/storages/{storage_id}/keys/rotate", { params, body }))),
    saveKit: async (recoveryCode: string, format: "pdf" | "text"): Promise<void> => {
      const made = await answer(
        api.POST("/api/v1/storages/{storage_id}/recovery-kit", {
          params,
          body: { recovery_code: recoveryCode, format },
          parseAs: "blob",
        }),
      );
      saveFile(
        made as unknown as Blob,
        `dropally-recovery-kit.${format === "pdf" ? "pdf" : "txt"}`,
      );
    },
  };
}
