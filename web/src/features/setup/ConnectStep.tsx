import { Alert, Button, List, Stack, Text } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import { ConnectForm } from "@/features/setup/ConnectForm";
import { StepButtons } from "@/features/setup/StepButtons";
import type { StepProps } from "@/features/setup/Wizard";
import { formatCount } from "@/ui/figures";

type Connection = components["schemas"]["ConnectionView"];

/** A team admin allows Dropally to read; what came of it. */
export function ConnectStep({ facts }: StepProps) {
  const connected = facts.connections.find((one) => one.state === "Connected");
  const [isAgain, setIsAgain] = useState(false);
  if (connected !== undefined && !isAgain) {
    return <ConnectedTeam connection={connected} onAgain={() => setIsAgain(true)} />;
  }
  return (
    <>
      <ConnectForm
        connection={connected ?? facts.connections[0]}
        onConnected={() => setIsAgain(false)}
      />
      <StepButtons step="connect">
        <span />
      </StepButtons>
    </>
  );
}

function ConnectedTeam({ connection, onAgain }: { connection: Connection; onAgain: () => void }) {
  const { t, i18n } = useTranslation("setup");
  const canRestore = connection.missing_for_restore.length === 0;
  return (
    <>
      <Stack>
        <Alert
          color="green"
          variant="light"
          icon={<IconCircleCheck />}
          title={t("connect.done", { team: connection.team_name })}
        >
          <List size="sm" spacing={2}>
            <List.Item>
              {t("connect.members", {
                count: connection.licensed_users,
                shown: formatCount(connection.licensed_users, i18n.language),
              })}
            </List.Item>
            <List.Item>{t("connect.admin", { email: connection.admin_email })}</List.Item>
            <List.Item>
              {connection.upload_limit === null
                ? t("connect.unlimited")
                : t("connect.limit", {
                    shown: formatCount(connection.upload_limit, i18n.language),
                  })}
            </List.Item>
            <List.Item>{canRestore ? t("connect.canRestore") : t("connect.readsOnly")}</List.Item>
          </List>
        </Alert>
        <Text size="sm" c="dimmed">
          {t("connect.laterText")}
        </Text>
        <Button variant="default" onClick={onAgain} style={{ alignSelf: "flex-start" }}>
          {t("connect.again")}
        </Button>
      </Stack>
      <StepButtons step="connect" />
    </>
  );
}
