import { useInterval } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ComponentType, lazy, Suspense, useEffect, useState } from "react";
import { type SessionState, sessionQuery } from "@/api/me";
import { sessionStore } from "@/api/session-store";
import type { StayProps } from "@/app/StayDialog";
import { useHasBeen } from "@/ui/use-has-been";

const LOOK_EVERY_MS = 1_000;
const WARN_BEFORE_S = 60; // or half of what the rules allow, where that is less

// Most visits never see it. Where it cannot be fetched, the page stays as it is, without the warning.
const loadDialog = (): Promise<{ default: ComponentType<StayProps> }> =>
  import("@/app/StayDialog").then(
    ({ StayDialog: found }) => ({ default: found }),
    () => ({ default: () => null }),
  );
const StayDialog = lazy(loadDialog);

/** Warns a minute before a session that nobody uses ends, and lets one stay (WCAG 2.2.1). */
export function SessionEnding() {
  const queries = useQueryClient();
  const session = useQuery(sessionQuery).data;
  const left = useSecondsLeft(session);
  const stay = () =>
    void queries.fetchQuery({ ...sessionQuery, staleTime: 0 }).catch(() => undefined);
  const isOver = left?.seconds === 0;
  useEffect(() => {
    if (isOver) {
      void queries.fetchQuery({ ...sessionQuery, staleTime: 0 }).catch(() => undefined);
    }
  }, [isOver, queries]);
  const isWarned =
    left !== null && left.seconds <= Math.min(WARN_BEFORE_S, (session?.idle_s ?? 0) / 2);
  const hasBeenWarned = useHasBeen(isWarned);
  return (
    hasBeenWarned && (
      <Suspense>
        <StayDialog opened={isWarned} left={left} onStay={stay} />
      </Suspense>
    )
  );
}

export interface Left {
  seconds: number;
  /** Its longest time is over, which using it does not change. */
  isLast: boolean;
}

function useSecondsLeft(session: SessionState | undefined): Left | null {
  const [now, setNow] = useState(Date.now);
  const { start, stop } = useInterval(() => setNow(Date.now()), LOOK_EVERY_MS);
  useEffect(() => {
    start();
    return stop;
  }, [start, stop]);
  if (session === undefined || session.expires === null) {
    return null;
  }
  const unused = sessionStore.lastUse() + session.idle_s * 1000;
  const last = Date.parse(session.expires);
  const end = Math.min(unused, last);
  return { seconds: Math.max(0, Math.round((end - now) / 1000)), isLast: last <= unused };
}
