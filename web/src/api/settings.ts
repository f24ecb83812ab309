import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";

export type Settings = components["schemas"]["Settings"];
export type Setting = components["schemas"]["Setting"];
export type SettingValue = string | number | boolean | string[] | null;

/** The settings that the person may manage, each with its origin. */
export const settingsQuery = queryOptions({
  queryKey: [keys.settings, "all"],
  queryFn: () => answer(api.GET("/api/v1/settings")),
});

export function settingOf(settings: Settings, key: string): Setting | undefined {
  return settings.settings.find((one) => one.key === key);
}

/** The value of a key as text, number or switch; "" where there is no such key. */
export function valueIn(settings: Settings, key: string): SettingValue {
  return (settingOf(settings, key)?.value ?? "") as SettingValue;
}

/** Saves changes of settings as they were read: 412 if somebody else was faster. */
export function useChangeSettings() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (changes: Record<string, SettingValue>) => {
      const before = await queries.ensureQueryData(settingsQuery);
      const params = { header: { "If-Match": `"${before.modno}"` } };
      return answer(api.PATCH("/api/v1/settings", { params, body: { changes } }));
    },
    onSuccess: (saved) => queries.setQueryData(settingsQuery.queryKey, saved),
    onSettled: () => queries.invalidateQueries({ queryKey: [keys.settings] }),
  });
}
