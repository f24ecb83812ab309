import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";

const LOOKED_AT = 20;
const LONG_ENOUGH_S = 5;

/** Bytes a second of the last restores that took a while; 0 where there were none: no guess is made. */
export const speedQuery = queryOptions({
  queryKey: [keys.jobs, "restore-speed"],
  queryFn: async () => {
    const jobs = await answer(
      api.GET("/api/v1/jobs", {
        params: {
          query: { kind: "restore", status: "succeeded", window: "all", limit: LOOKED_AT },
        },
      }),
    );
    const long = jobs.items.filter((job) => (job.duration_s ?? 0) >= LONG_ENOUGH_S);
    const bytes = long.reduce((sum, job) => sum + (job.size_bytes ?? 0), 0);
    const seconds = long.reduce((sum, job) => sum + (job.duration_s ?? 0), 0);
    return seconds > 0 ? bytes / seconds : 0;
  },
});
