import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { meQuery } from "@/api/me";
import { ChangePasswordForm } from "@/features/session/ChangePasswordForm";
import { PlainCard } from "@/features/session/PlainCard";
import { SecondFactorSetup } from "@/features/session/SecondFactorSetup";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";

const route = getRouteApi("/plain/finish-sign-in");

/** What somebody has to do before they may go on: a new password, or a second factor. */
export function FinishSignInPage() {
  const { t } = useTranslation("session");
  const { next } = route.useSearch();
  const router = useRouter();
  const queries = useQueryClient();
  const me = useQuery(meQuery);
  if (me.error !== null) {
    return <ErrorState error={me.error} onRetry={() => void me.refetch()} />;
  }
  if (me.data === undefined) {
    return <Loading />;
  }
  const goOn = async () => {
    await queries.invalidateQueries({ queryKey: [keys.me] });
    router.history.push(next ?? "/");
  };
  return me.data.restriction === "enrol_required" ? (
    <PlainCard title={t("enrol.title")} text={t("enrol.text")}>
      <SecondFactorSetup onDone={() => void goOn()} />
    </PlainCard>
  ) : (
    <PlainCard title={t("change.title")} text={t("change.text")}>
      <ChangePasswordForm onChanged={goOn} />
    </PlainCard>
  );
}
