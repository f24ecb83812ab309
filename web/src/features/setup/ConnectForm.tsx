import {
  Button,
  Group,
  List,
  Loader,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconExternalLink } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { type Connection, redirectAddressQuery } from "@/api/connections";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { useConnectedElsewhere } from "@/features/setup/connected-elsewhere";
import { CliHint } from "@/ui/CliHint";
import { CopyField } from "@/ui/CopyField";
import { command } from "@/ui/commands";
import { ErrorState, sentence } from "@/ui/ErrorState";
import { useProblemForm } from "@/ui/problem-form";

type Purpose = "backup" | "restore";
type Mode = "code" | "redirect";

interface Props {
  /** The team to connect again; left out for a new one. */
  connection?: Connection | undefined;
  onConnected: (connection: Connection) => void;
}

/** Opens Dropbox in another tab, which comes back by itself, or shows a code to paste here. */
export function ConnectForm({ connection, onConnected }: Props) {
  const { t } = useTranslation("setup");
  const mayRestore = connection?.missing_for_restore.length === 0;
  const [purpose, setPurpose] = useState<Purpose>(mayRestore ? "restore" : "backup");
  const [mode, setMode] = useState<Mode>("code");
  const redirect = useQuery(redirectAddressQuery);
  const address = redirect.data?.redirect_uri ?? "";
  return (
    <Stack>
      <SegmentedControl
        aria-label={t("connect.purpose")}
        value={purpose}
        onChange={(value) => setPurpose(value as Purpose)}
        data={[
          { value: "backup", label: t("connect.readOnly") },
          { value: "restore", label: t("connect.readWrite") },
        ]}
      />
      <Text size="sm" c="dimmed">
        {t(`connect.${purpose}Text`)}
      </Text>
      {address !== "" && (
        <SegmentedControl
          aria-label={t("connect.mode")}
          value={mode}
          onChange={(value) => setMode(value as Mode)}
          data={[
            { value: "code", label: t("connect.byCode") },
            { value: "redirect", label: t("connect.byRedirect") },
          ]}
        />
      )}
      {address === "" && redirect.data !== undefined && (
        <Text size="sm" c="dimmed">
          {t("connect.noRedirect")} {sentence(redirect.data.reason)}
        </Text>
      )}
      {mode === "redirect" && (
        <>
          <CopyField label={t("connect.redirectUri")} value={address} />
          <WaitingForReturn onConnected={onConnected} />
        </>
      )}
      <LinkForm
        key={`${purpose} ${mode}`}
        wish={{ purpose, mode, connection_id: connection?.id ?? "" }}
        onConnected={onConnected}
      />
    </Stack>
  );
}

function WaitingForReturn({ onConnected }: Pick<Props, "onConnected">) {
  useConnectedElsewhere(onConnected);
  return null;
}

interface LinkProps {
  wish: { purpose: Purpose; mode: Mode; connection_id: string };
  onConnected: (connection: Connection) => void;
}

function LinkForm({ wish, onConnected }: LinkProps) {
  const { t } = useTranslation("setup");
  const queries = useQueryClient();
  const form = useForm({ initialValues: { code: "" } });
  // A link is begun as soon as it is looked at: a window opened later would be stopped as a pop-up.
  const link = useQuery({
    // Not one of the connections: what changes about those must not begin another link meanwhile.
    queryKey: ["dropbox-link", wish],
    queryFn: () => answer(api.POST("/api/v1/connections/authorize", { body: wish })),
    staleTime: 5 * 60_000,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const { submit, isSending, problem } = useProblemForm(form, async ({ code }) => {
    const body = { link_id: link.data?.id ?? "", code: code.trim() };
    try {
      const made = await answer(api.POST("/api/v1/connections/exchange-code", { body }));
      await queries.invalidateQueries({ queryKey: [keys.connections, "list"] });
      onConnected(made);
    } catch (error) {
      if (asProblem(error).code === "link_ended") {
        void link.refetch();
      }
      throw error;
    }
  });
  if (link.error !== null) {
    return <ErrorState error={link.error} onRetry={() => void link.refetch()} />;
  }
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack>
        <List type="ordered" spacing="sm">
          <List.Item>
            {link.data === undefined ? (
              <Loader size="xs" aria-label={t("connect.preparing")} />
            ) : (
              <Button
                component="a"
                href={link.data.url}
                target="_blank"
                rel="noopener"
                rightSection={<IconExternalLink size={16} aria-hidden />}
              >
                {t("connect.open")}
              </Button>
            )}
            <Text size="sm">{t("connect.asAdmin")}</Text>
          </List.Item>
          <List.Item>
            {t(wish.mode === "code" ? "connect.copyCode" : "connect.comesBack")}
          </List.Item>
        </List>
        {wish.mode === "code" && (
          <TextInput
            label={t("connect.code")}
            styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
            autoComplete="off"
            spellCheck={false}
            required
            {...form.getInputProps("code")}
          />
        )}
        {problem !== null && <ErrorState error={problem} />}
        <Group justify="space-between">
          {wish.mode === "code" ? (
            <Button type="submit" loading={isSending} disabled={link.data === undefined}>
              {t("connect.submit")}
            </Button>
          ) : (
            <Text size="sm" c="dimmed" role="status">
              {t("connect.waiting")}
            </Text>
          )}
          <CliHint
            command={command("connection.connect", {
              purpose: wish.purpose,
              connection: wish.connection_id,
            })}
          />
        </Group>
      </Stack>
    </form>
  );
}
