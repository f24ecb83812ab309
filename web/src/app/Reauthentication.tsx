import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { sessionStore } from "@/api/session-store";

// Few visits need it, and none at their start.
const ReauthDialog = lazy(async () => ({
  default: (await import("@/features/session/ReauthDialog")).ReauthDialog,
}));

type Settle = (isProved: boolean) => void;

/** Asks for the password when the API client meets `reauthentication_required`; the call goes on afterwards. */
export function Reauthentication() {
  const [isAsked, setIsAsked] = useState(false);
  const [isOpen, setIsOpen] = useState(false);
  const settle = useRef<Settle[]>([]);
  useEffect(() => {
    sessionStore.provideProof(() => {
      setIsAsked(true);
      setIsOpen(true);
      return new Promise<boolean>((resolve) => settle.current.push(resolve));
    });
  }, []);
  const end = (isProved: boolean) => {
    setIsOpen(false);
    for (const resolve of settle.current.splice(0)) {
      resolve(isProved);
    }
  };
  return (
    isAsked && (
      <Suspense>
        <ReauthDialog opened={isOpen} onEnd={end} />
      </Suspense>
    )
  );
}
