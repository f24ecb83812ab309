import { useState } from "react";

/** True from the first time on. */
export function useHasBeen(isNow: boolean): boolean {
  const [hasBeen, setHasBeen] = useState(isNow);
  if (isNow && !hasBeen) {
    setHasBeen(true);
  }
  return hasBeen;
}
