import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { meQuery } from "@/api/me";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";

/** What somebody has to do before they may go on. */
export function FinishSignInPage() {
  const { t } = useTranslation("session");
  const me = useQuery(meQuery);
  if (me.error !== null) {
    return <ErrorState error={me.error} onRetry={() => void me.refetch()} />;
  }
  if (me.data === undefined) {
    return <Loading />;
  }
  return <PageHeader title={t("finish.title")} description={t("finish.text")} />;
}
