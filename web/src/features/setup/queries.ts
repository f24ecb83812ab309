import { queryOptions, useQueries } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { connectionsQuery } from "@/api/connections";
import { keys } from "@/api/keys";
import { settingsQuery, valueIn } from "@/api/settings";
import { tasksQuery } from "@/api/tasks";
import type { Facts } from "@/features/setup/steps";
import { storagesQuery } from "@/features/storage/queries";

export const setupStateQuery = queryOptions({
  queryKey: [keys.setup],
  queryFn: () => answer(api.GET("/api/v1/setup")),
});

export const addressQuery = queryOptions({
  queryKey: [keys.appliance, "address"],
  queryFn: () => answer(api.GET("/api/v1/appliance/address")),
  staleTime: 0,
});

interface Found {
  facts: Facts | undefined;
  error: Error | null;
  retry: () => void;
}

/** All that tells how far the set-up is. */
export function useFacts(): Found {
  const [storages, connections, tasks, settings] = useQueries({
    queries: [storagesQuery, connectionsQuery, tasksQuery, settingsQuery],
  });
  const all = [storages, connections, tasks, settings];
  const facts =
    storages.data && connections.data && tasks.data && settings.data
      ? {
          storages: storages.data,
          connections: connections.data,
          tasks: tasks.data,
          hasAddress: valueIn(settings.data, "server.base_url") !== "",
          hasAppKey: valueIn(settings.data, "dropbox.app_key") !== "",
          sendsMail: valueIn(settings.data, "notify.smtp.host") !== "",
        }
      : undefined;
  return {
    facts,
    error: all.find((one) => one.error !== null)?.error ?? null,
    retry: () => {
      for (const one of all) {
        void one.refetch();
      }
    },
  };
}
