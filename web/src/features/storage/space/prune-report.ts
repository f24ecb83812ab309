import type { JobDetail } from "@/features/jobs/queries";

/** What a prune did or, as a dry run, would do; as its job's result has it. */
export interface PruneReport {
  dry_run: boolean;
  packs: number;
  stored_bytes: number;
  freed_packs: number;
  freed_bytes: number;
  condemned_packs: number;
  condemned_bytes: number;
  rewritten_packs: number;
  rewritten_bytes: number;
  waiting_packs: number;
  waiting_bytes: number;
  young_packs: number;
  /** From when on what waits may be deleted. */
  next_deletion: string | null;
  /** Writers whose end it waits for. */
  blocking_sessions: string[];
}

/** Null for a job that ended before it had looked. */
export function pruneReportOf(job: JobDetail): PruneReport | null {
  return "freed_bytes" in job.result ? (job.result as unknown as PruneReport) : null;
}
