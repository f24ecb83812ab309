import { Alert, Button, Card, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";
import { ConnectForm } from "@/features/setup/ConnectForm";
import { CliHint } from "@/ui/CliHint";
import { useConfirm } from "@/ui/ConfirmDialog";
import { command } from "@/ui/commands";
import { ErrorState, sentence } from "@/ui/ErrorState";
import { type Fact, Facts } from "@/ui/Facts";
import { formatCount } from "@/ui/figures";
import { Loading } from "@/ui/Loading";
import { PageError } from "@/ui/PageError";
import { PageHeader } from "@/ui/PageHeader";
import { StatusWord } from "@/ui/StatusWord";
import { When } from "@/ui/When";

type Connection = components["schemas"]["ConnectionView"];
const route = getRouteApi("/shell/settings/connections/$connectionId");

/** One connected team: whether the link works, what it allows, and mending it. */
export function ConnectionPage() {
  const { connectionId } = route.useParams();
  const team = useQuery({
    queryKey: [keys.connections, connectionId],
    queryFn: () =>
      answer(
        api.GET("/api/v1/connections/{connection_id}", {
          params: { path: { connection_id: connectionId } },
        }),
      ),
  });
  if (team.error !== null) {
    return <PageError error={team.error} onRetry={() => void team.refetch()} />;
  }
  return team.data === undefined ? <Loading /> : <TeamPage team={team.data} />;
}

function TeamPage({ team }: { team: Connection }) {
  const { t } = useTranslation("settings");
  const [isOpen, dialog] = useDisclosure(false);
  return (
    <>
      <PageHeader
        title={team.team_name}
        crumbs={[{ label: t("connections"), to: "/settings/connections" }]}
      />
      <Stack>
        {team.state === "Disconnected" && (
          <Alert
            color="red"
            variant="light"
            icon={<IconPlugConnectedX />}
            title={sentence(team.detail || team.cause)}
          >
            <Text size="sm">{sentence(team.hint)}</Text>
          </Alert>
        )}
        {team.trouble !== "" && <Alert color="yellow">{sentence(team.trouble)}</Alert>}
        <Card withBorder padding="lg">
          <TeamFacts team={team} />
        </Card>
        <TeamActions team={team} onReconnect={dialog.open} />
      </Stack>
      <Modal
        opened={isOpen}
        onClose={dialog.close}
        title={t("connections.reconnect")}
        size="lg"
        closeButtonProps={{ "aria-label": t("users.close") }}
      >
        <ConnectForm connection={team} onConnected={dialog.close} />
      </Modal>
    </>
  );
}

function TeamFacts({ team }: { team: Connection }) {
  const { t, i18n } = useTranslation("settings");
  const count = (value: number) => formatCount(value, i18n.language);
  const used = count(team.uploads_this_month);
  const facts: Fact[] = [
    [t("users.state"), <StatusWord key="state" kind="connection" status={team.state} />],
    [t("connections.since"), <When key="since" time={team.since} />],
    [t("connections.checked"), <When key="checked" time={team.checked} relative />],
    [t("connections.members"), count(team.licensed_users)],
    [t("connections.admin"), team.admin_email],
    [
      t("connections.uploads"),
      team.upload_limit === null
        ? t("connections.uploadsFree", { used })
        : t("connections.uploadsOf", { used, limit: count(team.upload_limit) }),
    ],
    [
      t("connections.rights"),
      team.missing_for_restore.length === 0
        ? t("connections.canRestore")
        : t("connections.readsOnly", { scopes: team.missing_for_restore.join(", ") }),
    ],
    [t("connections.discovered"), <When key="looked" time={team.discovered} relative />],
  ];
  return <Facts facts={facts} width={260} />;
}

function TeamActions({ team, onReconnect }: { team: Connection; onReconnect: () => void }) {
  const { t } = useTranslation("settings");
  const confirm = useConfirm();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const params = { path: { connection_id: team.id } };
  const told = { onSuccess: () => queries.invalidateQueries({ queryKey: [keys.connections] }) };
  const probe = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/connections/{connection_id}/probe", { params })),
    ...told,
  });
  const discover = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/connections/{connection_id}/discover", { params })),
    ...told,
  });
  const disconnect = () =>
    confirm({
      title: t("connections.disconnectTitle", { team: team.team_name }),
      text: t("connections.disconnectText"),
      confirmLabel: t("connections.disconnect"),
      command: command("connection.disconnect", { connection: team.id }),
      danger: true,
      onConfirm: async () => {
        await answer(api.POST("/api/v1/connections/{connection_id}/disconnect", { params }));
        await told.onSuccess();
      },
    });
  const remove = () =>
    confirm({
      title: t("connections.remove"),
      text: t("connections.removeText"),
      confirmLabel: t("connections.remove"),
      command: command("connection.delete", { connection: team.id }),
      danger: true,
      onConfirm: async () => {
        await answer(api.DELETE("/api/v1/connections/{connection_id}", { params }));
        await navigate({ to: "/settings/connections" });
        await told.onSuccess();
      },
    });
  const error = probe.error ?? discover.error;
  return (
    <Stack>
      {error !== null && <ErrorState error={error} />}
      {discover.isSuccess && (
        <Text size="sm" role="status">
          {t("connections.discovering")}
        </Text>
      )}
      <Group gap="xs">
        <Button onClick={onReconnect}>{t("connections.reconnect")}</Button>
        <Button variant="default" loading={probe.isPending} onClick={() => probe.mutate()}>
          {t("connections.probe")}
        </Button>
        <Button variant="default" loading={discover.isPending} onClick={() => discover.mutate()}>
          {t("connections.discover")}
        </Button>
        <Button variant="default" onClick={disconnect}>
          {t("connections.disconnect")}
        </Button>
        <Button variant="default" onClick={remove}>
          {t("connections.remove")}
        </Button>
        <CliHint
          command={[
            command("connection.connect", { connection: team.id }),
            command("connection.probe", { connection: team.id }),
            command("connection.discover", { connection: team.id }),
            command("connection.disconnect", { connection: team.id }),
            command("connection.delete", { connection: team.id }),
          ]}
        />
      </Group>
    </Stack>
  );
}
