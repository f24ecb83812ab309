import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";

/** `g`, then one of these, goes there. */
export const PLACES = {
  h: "/",
  r: "/recovery",
  j: "/jobs",
  a: "/activity",
  s: "/settings",
} as const;

const SECOND_KEY_WITHIN_MS = 1_500;
const TYPED_INTO = "input, textarea, select, [contenteditable=true], [role=dialog]";

/** The keys that work on every page: `g` and a place, `/` for the page's search, `?` for help. */
export function useShortcuts(showHelp: () => void): void {
  const navigate = useNavigate();
  useEffect(() => {
    let goPressed = 0;
    const onKey = (event: KeyboardEvent) => {
      if (isForSomethingElse(event)) {
        return;
      }
      const place = PLACES[event.key as keyof typeof PLACES];
      if (place !== undefined && event.timeStamp - goPressed < SECOND_KEY_WITHIN_MS) {
        goPressed = 0;
        void navigate({ to: place });
      } else if (event.key === "g") {
        goPressed = event.timeStamp;
      } else if (event.key === "?") {
        showHelp();
      } else if (event.key === "/") {
        focusSearch(event);
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [navigate, showHelp]);
}

function isForSomethingElse(event: KeyboardEvent): boolean {
  const isChord = event.ctrlKey || event.metaKey || event.altKey;
  const target = event.target as Element | null;
  return event.defaultPrevented || isChord || target?.closest(TYPED_INTO) != null;
}

function focusSearch(event: KeyboardEvent): void {
  const box = document.querySelector<HTMLInputElement>("main input[type=search]");
  if (box !== null) {
    event.preventDefault();
    box.focus();
  }
}
