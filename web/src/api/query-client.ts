import { QueryClient } from "@tanstack/react-query";
import { ApiProblem } from "@/api/problem";

const MOST_TRIES = 3;

/** Only what may go away by itself is tried again: no answer, and "later". */
function mayPass(error: Error): boolean {
  return error instanceof ApiProblem && (error.status === 0 || error.status === 503);
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: "always", // the appliance is often beside us while the world is away
      staleTime: 30_000, // events tell of changes sooner
      retry: (tries, error) => tries < MOST_TRIES && mayPass(error),
      refetchOnWindowFocus: true,
    },
    mutations: { networkMode: "always", retry: false },
  },
});
