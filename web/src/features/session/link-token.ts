import { useLocation } from "@tanstack/react-router";

/** What stands behind the # of a link from a mail: there no server and no log sees it. */
export function useLinkToken(): string {
  return useLocation({ select: (location) => location.hash }).replace(/^#/, "");
}
