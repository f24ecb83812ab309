import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api } from "@/api/client";

/** Ends the session and leaves; a session that has ended by itself is left all the same. */
export function useSignOut(): () => Promise<void> {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return async () => {
    try {
      await api.DELETE("/api/v1/session");
    } finally {
      await navigate({ to: "/sign-in" });
      queries.clear();
    }
  };
}
