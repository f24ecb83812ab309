import { useNavigate } from "@tanstack/react-router";
import { type Step, stepAfter } from "@/features/setup/steps";

/** Shows the step after this one; the browser's back button leads back. */
export function useGoOn(step: Step): () => Promise<void> {
  const navigate = useNavigate();
  return () => navigate({ to: "/setup", search: { step: stepAfter(step) } });
}
