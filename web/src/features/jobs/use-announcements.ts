import type { TFunction } from "i18next";
import { useCallback, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { type ApplianceEvent, useEventListener } from "@/api/events";
import { queryClient } from "@/api/query-client";
import { jobQuery } from "@/features/jobs/queries";
import { kindWords, subjectOf } from "@/features/jobs/titles";

const QUIET_MS = 10_000;
const WORDS = ["succeeded", "partially_succeeded", "failed", "canceled"] as const;

/** Tells those who listen to the page how jobs ended, at most every ten seconds. */
export function useAnnouncements(): void {
  const { t } = useTranslation("jobs");
  const timer = useRef<number | undefined>(undefined);
  const said = useRef(0);
  const tell = useCallback(
    (event: ApplianceEvent) => {
      if (event.name !== "job_finished") {
        return;
      }
      window.clearTimeout(timer.current);
      const wait = Math.max(0, said.current + QUIET_MS - Date.now());
      timer.current = window.setTimeout(() => {
        said.current = Date.now();
        void words(t, String(event.data.job_id)).then(announce);
      }, wait);
    },
    [t],
  );
  useEventListener(tell);
  useEffect(() => () => window.clearTimeout(timer.current), []);
}

/** "Restore succeeded: ann@example.com"; "" if the job cannot be seen. */
async function words(t: TFunction<"jobs">, jobId: string): Promise<string> {
  const job = await queryClient.fetchQuery(jobQuery(jobId)).catch(() => null);
  const status = WORDS.find((word) => word === job?.status);
  if (job === null || status === undefined) {
    return "";
  }
  const kind = kindWords(t, job.kind, job.kind_label);
  return t(`announce.${status}`, { kind, subject: subjectOf(job) });
}

function announce(text: string): void {
  const place = document.getElementById("announcements");
  if (place !== null) {
    place.textContent = text;
  }
}
