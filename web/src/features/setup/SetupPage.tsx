import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Navigate } from "@tanstack/react-router";
import { sessionQuery } from "@/api/me";
import { asProblem } from "@/api/problem";
import { AdministratorStep } from "@/features/setup/AdministratorStep";
import { setupStateQuery } from "@/features/setup/queries";
import { RecoverAppliance } from "@/features/setup/RecoverAppliance";
import { WayChoice } from "@/features/setup/WayChoice";
import { Wizard } from "@/features/setup/Wizard";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";

const route = getRouteApi("/plain/setup");

/** From an empty machine to the first backup. What is shown follows from what there is already. */
export function SetupPage() {
  const { way } = route.useSearch();
  const state = useQuery(setupStateQuery);
  if (state.error !== null) {
    return <ErrorState error={state.error} onRetry={() => void state.refetch()} />;
  }
  if (state.data === undefined) {
    return <Loading />;
  }
  // A recovery makes the appliance one that is set up, while its page still tells what to do.
  if (way === "recover") {
    return <RecoverAppliance isOpen={state.data.is_open} />;
  }
  if (!state.data.is_open) {
    return <SignedIn />;
  }
  return way === "new" ? <AdministratorStep /> : <WayChoice />;
}

function SignedIn() {
  const session = useQuery(sessionQuery);
  if (session.data !== undefined) {
    return <Wizard />;
  }
  if (session.error === null) {
    return <Loading />;
  }
  if (asProblem(session.error).status === 401) {
    return <Navigate to="/sign-in" search={{ next: "/setup" }} replace />;
  }
  return <ErrorState error={session.error} onRetry={() => void session.refetch()} />;
}
