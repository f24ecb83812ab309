import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { meQuery, type SessionState, sessionQuery } from "@/api/me";
import { sessionStore } from "@/api/session-store";
import { loadTexts } from "@/app/i18n";
import { type Credentials, useSignInAgain } from "@/features/session/queries";
import { useHasBeen } from "@/ui/use-has-been";

type Settle = (isSamePerson: boolean) => void;

const loadDialog = async () => {
  const [module] = await Promise.all([
    import("@/features/session/SignInAgain"),
    loadTexts(["session"]),
  ]);
  return { default: module.SignInAgain };
};
const SignInAgain = lazy(loadDialog);

/**
 * Asks to sign in when the session has ended while somebody was at work. The page stays as it is
 * below an opaque cover, so nothing typed is lost; the call that was refused is sent again.
 */
export function SessionEnded() {
  const queries = useQueryClient();
  const [before, setBefore] = useState<SessionState | null>(null);
  const waiting = useRef<Settle[]>([]);
  const settle = (isSamePerson: boolean) => {
    for (const resolve of waiting.current.splice(0)) {
      resolve(isSamePerson);
    }
  };
  useEffect(() => {
    let isHere = true;
    const stop = sessionStore.provideSignIn(() => {
      const known = queries.getQueryData(sessionQuery.queryKey);
      if (known === undefined) {
        return Promise.resolve(false);
      }
      const ask = () => {
        if (!isHere) {
          return false;
        }
        setBefore((shown) => shown ?? known);
        return new Promise<boolean>((resolve) => waiting.current.push(resolve));
      };
      return loadDialog().then(ask, () => false); // a newer version may have other files by now
    });
    const left = waiting.current;
    return () => {
      isHere = false;
      stop();
      for (const resolve of left.splice(0)) {
        resolve(false);
      }
    };
  }, [queries]);
  useLoadOnceSomethingIsTyped();
  const isAsked = before !== null;
  const hasBeenAsked = useHasBeen(isAsked);
  const enter = useEnter(before, (isSamePerson) => {
    setBefore(null);
    settle(isSamePerson);
  });
  return (
    hasBeenAsked && (
      <Suspense>
        <SignInAgain opened={isAsked} email={before?.user?.email ?? ""} signIn={enter} />
      </Suspense>
    )
  );
}

/** From then on something could be lost: the dialog has to be here, whatever becomes of the appliance. */
function useLoadOnceSomethingIsTyped() {
  useEffect(() => {
    const load = () => void loadDialog().catch(() => undefined);
    document.addEventListener("input", load, { once: true });
    return () => document.removeEventListener("input", load);
  }, []);
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
