import { Modal, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { meQuery, type SessionState, sessionQuery } from "@/api/me";
import { sessionStore } from "@/api/session-store";
import { type Credentials, useSignInAgain } from "@/features/session/queries";
import { SignInForm } from "@/features/session/SignInForm";
import { AnchorLink } from "@/ui/RouteLinks";

type Settle = (isSamePerson: boolean) => void;
const ABOVE_ALL_DIALOGS = 600;

/**
 * Asks to sign in when the session has ended while somebody was at work. The page stays as it is
 * below an opaque cover, so nothing typed is lost; the call that was refused is sent again.
 */
export function SessionEnded() {
  const { t } = useTranslation("session");
  const queries = useQueryClient();
  const [before, setBefore] = useState<SessionState | null>(null);
  const waiting = useRef<Settle[]>([]);
  const settle = (isSamePerson: boolean) => {
    for (const resolve of waiting.current.splice(0)) {
      resolve(isSamePerson);
    }
  };
  useEffect(() => {
    const stop = sessionStore.provideSignIn(() => {
      const known = queries.getQueryData(sessionQuery.queryKey);
      if (known === undefined) {
        return Promise.resolve(false);
      }
      setBefore((shown) => shown ?? known);
      return new Promise<boolean>((resolve) => waiting.current.push(resolve));
    });
    const left = waiting.current;
    return () => {
      stop();
      for (const resolve of left.splice(0)) {
        resolve(false);
      }
    };
  }, [queries]);
  const enter = useEnter(before, (isSamePerson) => {
    setBefore(null);
    settle(isSamePerson);
  });
  return (
    <Modal
      opened={before !== null}
      onClose={() => undefined}
      title={t("ended.title")}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      overlayProps={{ backgroundOpacity: 1, color: "var(--mantine-color-body)" }}
      zIndex={ABOVE_ALL_DIALOGS}
    >
      <Stack>
        <SignInForm signIn={enter} email={before?.user?.email ?? ""}>
          <Text size="sm">{t("ended.text")}</Text>
        </SignInForm>
        <AnchorLink to="/forgot-password" size="sm">
          {t("forgot.link")}
        </AnchorLink>
      </Stack>
    </Modal>
  );
}

/** Signs in. Another person than before gets a fresh console; the same one goes on. */
function useEnter(before: SessionState | null, onEntered: Settle) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const router = useRouter();
  const signInAgain = useSignInAgain();
  return async (given: Credentials): Promise<void> => {
    const now = await signInAgain(given);
    const isSamePerson = now.user?.id === before?.user?.id;
    onEntered(isSamePerson);
    if (!isSamePerson) {
      queries.clear();
      await navigate({ to: "/", ignoreBlocker: true });
      return;
    }
    await queries.invalidateQueries();
    if ((await queries.fetchQuery(meQuery)).restriction !== "") {
      await router.invalidate();
    }
  };
}
