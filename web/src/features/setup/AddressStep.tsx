import { Alert, Button, Code, Group, Stack, Table, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconLock } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import { settingOf, settingsQuery, useChangeSettings } from "@/api/settings";
import { addressQuery } from "@/features/setup/queries";
import { StepButtons } from "@/features/setup/StepButtons";
import { useGoOn } from "@/features/setup/use-go-on";
import { CheckRows } from "@/ui/CheckRows";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { useProblemForm } from "@/ui/problem-form";

type Address = components["schemas"]["AddressState"];

/** By which address people come, and what a proxy on the way tells. */
export function AddressStep() {
  const found = useQuery(addressQuery);
  if (found.error !== null) {
    return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  }
  return found.data === undefined ? <Loading /> : <AddressForm address={found.data} />;
}

function AddressForm({ address }: { address: Address }) {
  const { t } = useTranslation("setup");
  const here = `${address.scheme}://${address.host}`;
  const form = useForm({ initialValues: { base_url: address.configured_base_url || here } });
  const change = useChangeSettings();
  const goOn = useGoOn("address");
  const settings = useQuery(settingsQuery);
  const lock = settings.data && settingOf(settings.data, "server.base_url")?.locked_by;
  const { submit, isSending, problem } = useProblemForm(
    form,
    async ({ base_url }) => {
      if (!lock && base_url !== address.configured_base_url) {
        await change.mutateAsync({ "server.base_url": base_url });
      }
      await goOn();
    },
    { "server.base_url": "base_url" },
  );
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack>
        <TextInput
          label={t("address.label")}
          description={t("address.hint")}
          disabled={Boolean(lock)}
          required
          inputMode="url"
          autoComplete="off"
          {...form.getInputProps("base_url")}
        />
        {lock && (
          <Alert color="gray" icon={<IconLock />}>
            {t("locked", { place: lock })}
          </Alert>
        )}
        <CheckRows checks={address.checks.items} label={t("address.checks")} />
        <Received address={address} />
        <Text size="sm" c="dimmed">
          {t("address.tls", { mode: address.tls })}
        </Text>
        {problem !== null && <ErrorState error={problem} />}
        <Group>
          <CliHint
            command={command("config.set", {
              "key=value": `server.base_url=${form.values.base_url}`,
            })}
          />
        </Group>
      </Stack>
      <StepButtons step="address" canSkip>
        <Button type="submit" loading={isSending}>
          {t("continue")}
        </Button>
      </StepButtons>
    </form>
  );
}

/** What arrived of this very request, for whoever sets up a reverse proxy. */
function Received({ address }: { address: Address }) {
  const { t } = useTranslation("setup");
  return (
    <details>
      <summary>{t("address.received")}</summary>
      <Table mt="xs" withTableBorder layout="fixed">
        <Table.Tbody>
          <ReceivedRow name={t("address.from")} value={address.sent_by || t("address.socket")} />
          <ReceivedRow name={t("address.client")} value={address.client || t("address.socket")} />
          {address.received.map((header) => (
            <ReceivedRow key={`${header.name} ${header.value}`} {...header} />
          ))}
        </Table.Tbody>
      </Table>
    </details>
  );
}

function ReceivedRow({ name, value }: { name: string; value: string }) {
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={500}>
        {name}
      </Table.Th>
      <Table.Td style={{ overflowWrap: "anywhere" }}>
        <Code>{value}</Code>
      </Table.Td>
    </Table.Tr>
  );
}
