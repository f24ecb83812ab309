import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { type Settings, settingsQuery } from "@/api/settings";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";

/** Loads the settings for a form. */
export function WithSettings({ children }: { children: (settings: Settings) => ReactNode }) {
  const settings = useQuery(settingsQuery);
  if (settings.error !== null) {
    return <ErrorState error={settings.error} onRetry={() => void settings.refetch()} />;
  }
  return settings.data === undefined ? <Loading /> : children(settings.data);
}
