import { useEffect } from "react";

const ICON = "/favicon.svg";
const ICON_RUNNING = "/favicon-running.svg";
const MARK = /^\(\d+\) /;

/** Shows in the browser's tab, title and icon, how many jobs run. */
export function useTabState(running: number): void {
  useEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    const wanted = running > 0 ? ICON_RUNNING : ICON;
    if (icon?.getAttribute("href") !== wanted) {
      icon?.setAttribute("href", wanted); // browsers fetch it even where it is the same
    }
  }, [running]);
  useEffect(() => {
    const title = document.querySelector("title");
    if (title === null) {
      return undefined;
    }
    const mark = () => {
      const plain = document.title.replace(MARK, "");
      const wanted = running > 0 ? `(${running}) ${plain}` : plain;
      if (document.title !== wanted) {
        document.title = wanted;
      }
    };
    mark();
    // Pages name the tab as they open; the mark is put before each name.
    const watcher = new MutationObserver(mark);
    watcher.observe(title, { childList: true, characterData: true, subtree: true });
    return () => watcher.disconnect();
  }, [running]);
}
