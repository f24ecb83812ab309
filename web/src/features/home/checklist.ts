import { useQueries } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { OwnAccount } from "@/api/me";
import type { components } from "@/api/schema";
import { settingsQuery, valueIn } from "@/api/settings";
import { storagesQuery } from "@/features/storage/queries";

type User = components["schemas"]["ListedUser"];

/** What makes a set-up appliance a safe one, in the order in which it matters. */
export const TO_DO = ["key", "mail", "factor", "second", "verified", "drilled"] as const;
export type ToDo = (typeof TO_DO)[number];

export interface Checklist {
  done: ReadonlySet<ToDo>;
  /** The storage that the items are about: the default one. */
  storageId: string;
}

/** What is done of it; undefined while that is not known. */
export function useChecklist(me: OwnAccount): Checklist | undefined {
  const [storages, settings, users] = useQueries({
    queries: [
      storagesQuery,
      settingsQuery,
      {
        queryKey: [keys.users],
        queryFn: async () => (await answer(api.GET("/api/v1/users"))).items,
      },
    ],
  });
  const storage = storages.data?.find((one) => one.is_default) ?? storages.data?.[0];
  const storageId = storage?.id ?? "";
  const [proof] = useQueries({
    queries: [
      {
        queryKey: [keys.storages, "proof", storageId],
        queryFn: () =>
          answer(
            api.GET("/api/v1/storages/{storage_id}/proof", {
              params: { path: { storage_id: storageId } },
            }),
          ),
        enabled: storage?.repository != null,
      },
    ],
  });
  if (storages.data === undefined || settings.data === undefined || users.data === undefined) {
    return undefined;
  }
  if (proof.isPending && storage?.repository != null) {
    return undefined;
  }
  const isDone: Record<ToDo, boolean> = {
    key: storage?.recovery_code === "confirmed",
    mail: valueIn(settings.data, "notify.smtp.host") !== "",
    factor: me.user.has_second_factor,
    second: users.data.filter(isAdministrator).length > 1,
    verified: proof.data?.last_verify != null,
    drilled: proof.data?.last_drill != null,
  };
  return { done: new Set(TO_DO.filter((one) => isDone[one])), storageId };
}

function isAdministrator({ user }: User): boolean {
  return user.role === "administrator" && user.state === "active";
}
