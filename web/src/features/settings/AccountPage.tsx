import { Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { meQuery } from "@/api/me";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";

export function AccountPage() {
  const { t } = useTranslation("settings");
  const me = useQuery(meQuery);
  if (me.error !== null) {
    return <ErrorState error={me.error} onRetry={() => void me.refetch()} />;
  }
  if (me.data === undefined) {
    return <Loading />;
  }
  const { user } = me.data;
  return (
    <>
      <PageHeader title={t("account")} crumbs={[{ label: t("title"), to: "/settings" }]} />
      <Table
        variant="vertical"
        withTableBorder
        maw={560}
        layout="fixed"
        style={{ overflowWrap: "anywhere" }}
        data={{
          body: [
            [t("account.name"), user.name],
            [t("account.email"), user.email],
            [t("account.role"), user.role],
          ],
        }}
      />
    </>
  );
}
