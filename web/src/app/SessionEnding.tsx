import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useInterval } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type SessionState, sessionQuery } from "@/api/me";
import { sessionStore } from "@/api/session-store";
import { useSignOut } from "@/app/sign-out";

const LOOK_EVERY_MS = 1_000;
const WARN_BEFORE_S = 60; // or half of what the rules allow, where that is less

/** Warns a minute before a session that nobody uses ends, and lets one stay (WCAG 2.2.1). */
export function SessionEnding() {
  const { t } = useTranslation("app");
  const queries = useQueryClient();
  const session = useQuery(sessionQuery).data;
  const signOut = useSignOut();
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
  return (
    <Modal
      opened={isWarned}
      onClose={stay}
      title={left?.isLast ? t("ending.lastTitle") : t("ending.title")}
      zIndex={500}
    >
      <Stack>
        <Text role="timer">
          {t(left?.isLast ? "ending.lastText" : "ending.text", { seconds: left?.seconds ?? 0 })}
        </Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={() => void signOut()}>
            {left?.isLast ? t("ending.anew") : t("signOut")}
          </Button>
          {!left?.isLast && (
            <Button onClick={stay} data-autofocus>
              {t("ending.stay")}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

interface Left {
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
