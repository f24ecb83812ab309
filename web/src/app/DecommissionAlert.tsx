import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { type Decommission, useDecommission } from "@/api/decommission";
import { useCan, useMe } from "@/api/me";
import type { ShownState } from "@/app/DecommissionBanner";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { ErrorState } from "@/ui/ErrorState";
import { When } from "@/ui/When";

/** Until when nothing is lost yet, and the way back. */
export function DecommissionAlert({ view, state }: { view: Decommission; state: ShownState }) {
  const { t } = useTranslation("app");
  const may = useCan("appliance.decommission");
  const me = useMe();
  const { approve, reactivate } = useDecommission();
  const isPending = state === "counting" || state === "awaiting_approval";
  const isOther = me !== undefined && me.user.name !== view.asked_by;
  const error = approve.error ?? reactivate.error;
  return (
    <Alert
      role="status"
      color={state === "done" ? "gray" : "red"}
      variant="light"
      mb="md"
      icon={<IconAlertTriangle />}
      title={t(`decommission.${state}`)}
    >
      <Stack gap="xs">
        <Text size="sm">
          {view.due && isPending && (
            <>
              <When time={view.due} /> (<When time={view.due} relative />
              ).{" "}
            </>
          )}
          {t(`decommission.${state}.text`, { name: view.asked_by })}
        </Text>
        {error !== null && <ErrorState error={error} />}
        {may && isPending && (
          <Group gap="xs">
            <Button
              size="xs"
              loading={reactivate.isPending}
              onClick={() => reactivate.mutate(undefined)}
            >
              {t("decommission.reactivate")}
            </Button>
            {state === "awaiting_approval" && isOther && (
              <Button
                size="xs"
                variant="default"
                loading={approve.isPending}
                onClick={() => approve.mutate(undefined)}
              >
                {t("decommission.approve")}
              </Button>
            )}
            <CliHint
              command={[
                command("self.reactivate"),
                ...(state === "awaiting_approval" ? [command("self.approveDecommission")] : []),
              ]}
            />
          </Group>
        )}
      </Stack>
    </Alert>
  );
}
