import { Alert, Stack } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { tellConnected } from "@/features/setup/connected-elsewhere";
import { Loading } from "@/ui/Loading";
import { PageError } from "@/ui/PageError";
import { PageHeader } from "@/ui/PageHeader";
import { AnchorLink } from "@/ui/RouteLinks";

const route = getRouteApi("/plain/connected");

/** Where Dropbox's consent ends when it sends the browser back: the other tab goes on by itself. */
export function ConnectedPage() {
  const { t } = useTranslation("setup");
  const { connection } = route.useSearch();
  const team = useQuery({
    queryKey: [keys.connections, connection],
    queryFn: () =>
      answer(
        api.GET("/api/v1/connections/{connection_id}", {
          params: { path: { connection_id: connection } },
        }),
      ),
  });
  const name = team.data?.team_name;
  useEffect(() => {
    if (name !== undefined) {
      tellConnected(connection);
    }
  }, [connection, name]);
  if (team.error !== null) {
    return <PageError error={team.error} onRetry={() => void team.refetch()} />;
  }
  if (name === undefined) {
    return <Loading rows={2} />;
  }
  return (
    <Stack align="flex-start">
      <PageHeader title={t("connect.done", { team: name })} />
      <Alert color="green" variant="light" icon={<IconCircleCheck />} role="status">
        {t("connected.close")}
      </Alert>
      <AnchorLink to="/">{t("connected.home")}</AnchorLink>
    </Stack>
  );
}
