import { Button, Card, Group, Modal, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlugConnected, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { connectionsQuery } from "@/api/connections";
import { Section } from "@/features/settings/Section";
import type { FieldKind } from "@/features/settings/SettingField";
import { SettingsForm } from "@/features/settings/SettingsForm";
import { WithSettings } from "@/features/settings/WithSettings";
import { ConnectForm } from "@/features/setup/ConnectForm";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState, sentence } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";
import { AnchorLink } from "@/ui/RouteLinks";
import { StatusWord } from "@/ui/StatusWord";

const APP: readonly FieldKind[] = [{ key: "dropbox.app_key", kind: "text" }];

/** The Dropbox teams that this appliance is linked with, and the app by which it is. */
export function ConnectionsPage() {
  const { t } = useTranslation("settings");
  const [isOpen, dialog] = useDisclosure(false);
  const teams = useQuery(connectionsQuery);
  const add = (
    <Button leftSection={<IconPlus size={18} />} onClick={dialog.open}>
      {t("connections.add")}
    </Button>
  );
  return (
    <>
      <PageHeader title={t("connections")} description={t("connections.text")} actions={add} />
      {teams.error !== null && (
        <ErrorState error={teams.error} onRetry={() => void teams.refetch()} />
      )}
      {teams.isPending && <Loading rows={2} />}
      {teams.data?.length === 0 && (
        <EmptyState
          icon={IconPlugConnected}
          title={t("connections.none")}
          text={t("connections.noneText")}
        />
      )}
      <Stack mb="xl">
        {teams.data?.map((team) => (
          <Card key={team.id} withBorder>
            <Group justify="space-between">
              <Title order={2} size="h4">
                <AnchorLink
                  to="/settings/connections/$connectionId"
                  params={{ connectionId: team.id }}
                  inherit
                >
                  {team.team_name}
                </AnchorLink>
              </Title>
              <StatusWord kind="connection" status={team.state} />
            </Group>
            {team.detail !== "" && <Text size="sm">{sentence(team.detail)}</Text>}
          </Card>
        ))}
      </Stack>
      <Section title={t("connections.app")} text={t("connections.appText")}>
        <WithSettings>
          {(settings) => <SettingsForm settings={settings} parts={[{ fields: APP }]} />}
        </WithSettings>
      </Section>
      <Modal
        opened={isOpen}
        onClose={dialog.close}
        title={t("connections.add")}
        size="lg"
        closeButtonProps={{ "aria-label": t("users.close") }}
      >
        <ConnectForm onConnected={dialog.close} />
      </Modal>
    </>
  );
}
