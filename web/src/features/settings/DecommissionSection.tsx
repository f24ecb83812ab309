import { Button, Checkbox, Group, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Decommission, decommissionQuery, useDecommission } from "@/api/decommission";
import { useCan } from "@/api/me";
import { Section } from "@/features/settings/Section";
import { CliHint, quoted } from "@/ui/CliHint";
import { useConfirm } from "@/ui/ConfirmDialog";
import { Bytes } from "@/ui/figures";

/** Taking the appliance out of service: all keys and backups are destroyed after seven days. */
export function DecommissionSection() {
  const { t } = useTranslation("settings");
  const may = useCan("appliance.decommission");
  const view = useQuery(decommissionQuery).data;
  if (!may || view === undefined) {
    return null;
  }
  const isOffered = view.state === "none" || view.state === "reactivated";
  const hasReport = view.state === "erasing" || view.state === "done";
  return (
    <Section title={t("decommission")} text={t("decommission.text")}>
      {isOffered && <Ask view={view} />}
      {hasReport && <Report view={view} />}
      {!isOffered && (
        <Group justify="flex-end">
          <CliHint command="dropally self decommission-status" />
        </Group>
      )}
    </Section>
  );
}

function Ask({ view }: { view: Decommission }) {
  const { t } = useTranslation("settings");
  const [isApproved, setIsApproved] = useState(false);
  const confirm = useConfirm();
  const { request } = useDecommission();
  const ask = () =>
    confirm({
      title: t("decommission.sure"),
      text: t(view.needs_second ? "decommission.sureSecond" : "decommission.sureText"),
      confirmLabel: t("decommission.yes"),
      cancelLabel: t("decommission.no"),
      danger: true,
      onConfirm: () => request.mutateAsync(view.sentence),
    });
  return (
    <Stack gap="sm">
      <Checkbox
        label={<span lang="en">{view.sentence}</span>}
        checked={isApproved}
        onChange={(event) => setIsApproved(event.currentTarget.checked)}
      />
      <Group justify="space-between">
        <Button color="red.9" disabled={!isApproved} onClick={ask}>
          {t("decommission.ask")}
        </Button>
        <CliHint command={`dropally self decommission ${quoted(view.sentence)}`} />
      </Group>
    </Stack>
  );
}

/** What is destroyed in each storage, and what its locks kept. */
function Report({ view }: { view: Decommission }) {
  const { t } = useTranslation("settings");
  return (
    <Table.ScrollContainer minWidth={560} type="native" tabIndex={0}>
      <Table withTableBorder aria-label={t("decommission.report")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("decommission.storage")}</Table.Th>
            <Table.Th>{t("decommission.keys")}</Table.Th>
            <Table.Th ta="right">{t("decommission.deleted")}</Table.Th>
            <Table.Th ta="right">{t("decommission.retained")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {(view.report ?? []).map((one) => (
            <Table.Tr key={one.storage_id}>
              <Table.Td style={{ overflowWrap: "anywhere" }}>
                {one.location}
                {one.trouble !== "" && (
                  <Text size="sm" c="dimmed">
                    {one.trouble}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                {t(one.keys_destroyed ? "decommission.gone" : "decommission.notYet")}
              </Table.Td>
              <Table.Td ta="right">
                <Bytes value={one.deleted_bytes} />
              </Table.Td>
              <Table.Td ta="right">
                <Bytes value={one.retained_bytes} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
