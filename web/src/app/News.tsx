import { notificationsStore } from "@mantine/notifications";
import { lazy, Suspense, useEffect, useState } from "react";

const Notices = lazy(async () => ({ default: (await import("@/app/Notices")).Notices }));

/** Short news; what shows them is loaded with the first. They wait in the store until then. */
export function News() {
  const [isWanted, setIsWanted] = useState(false);
  useEffect(() => notificationsStore.subscribe(() => setIsWanted(true)), []);
  return (
    isWanted && (
      <Suspense>
        <Notices />
      </Suspense>
    )
  );
}
