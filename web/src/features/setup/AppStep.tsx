import { Alert, Anchor, Button, Code, Group, List, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconExternalLink, IconLock } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { redirectAddressQuery } from "@/api/connections";
import { meQuery } from "@/api/me";
import type { Settings } from "@/api/settings";
import { settingOf, settingsQuery, useChangeSettings, valueIn } from "@/api/settings";
import { StepButtons } from "@/features/setup/StepButtons";
import { BACKUP_SCOPES, RESTORE_SCOPES } from "@/features/setup/steps";
import { useGoOn } from "@/features/setup/use-go-on";
import { CliHint } from "@/ui/CliHint";
import { CopyField, CopyIcon } from "@/ui/CopyField";
import { command } from "@/ui/commands";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { useProblemForm } from "@/ui/problem-form";

const APP_CONSOLE = "https://www.dropbox.com/developers/apps";

/** A Dropbox app of the organisation's own: what to click there, and its key. */
export function AppStep() {
  const settings = useQuery(settingsQuery);
  if (settings.error !== null) {
    return <ErrorState error={settings.error} onRetry={() => void settings.refetch()} />;
  }
  return settings.data === undefined ? <Loading /> : <AppForm settings={settings.data} />;
}

function AppForm({ settings }: { settings: Settings }) {
  const { t } = useTranslation("setup");
  const goOn = useGoOn("app");
  const change = useChangeSettings();
  const before = String(valueIn(settings, "dropbox.app_key"));
  const lock = settingOf(settings, "dropbox.app_key")?.locked_by;
  const form = useForm({ initialValues: { app_key: before } });
  const { submit, isSending, problem } = useProblemForm(
    form,
    async ({ app_key }) => {
      if (!lock && app_key.trim() !== before) {
        await change.mutateAsync({ "dropbox.app_key": app_key.trim() });
      }
      await goOn();
    },
    { "dropbox.app_key": "app_key" },
  );
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack>
        <Instructions />
        <TextInput
          label={t("app.key")}
          description={t("app.keyHint")}
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
          autoComplete="off"
          spellCheck={false}
          required
          disabled={Boolean(lock)}
          {...form.getInputProps("app_key")}
        />
        {lock && (
          <Alert color="gray" icon={<IconLock />}>
            {t("locked", { place: lock })}
          </Alert>
        )}
        {problem !== null && <ErrorState error={problem} />}
        <Group>
          <CliHint
            command={command("config.set", {
              "key=value": `dropbox.app_key=${form.values.app_key || "YOUR_KEY"}`,
            })}
          />
        </Group>
      </Stack>
      <StepButtons step="app">
        <Button type="submit" loading={isSending}>
          {t("continue")}
        </Button>
      </StepButtons>
    </form>
  );
}

function Instructions() {
  const { t } = useTranslation("setup");
  const organisation = useQuery(meQuery).data?.organisation ?? "";
  const address = useQuery(redirectAddressQuery).data?.redirect_uri ?? "";
  const name = `Dropally-${organisation.replaceAll(/[^\w-]+/g, "-")}`.slice(0, 50);
  return (
    <List type="ordered" spacing="md">
      <List.Item>
        <Anchor href={APP_CONSOLE} target="_blank" rel="noreferrer">
          {t("app.open")} <IconExternalLink size={14} aria-hidden />
        </Anchor>
        <Text size="sm">{t("app.create")}</Text>
      </List.Item>
      <List.Item>
        <CopyField label={t("app.name")} value={name} />
      </List.Item>
      <List.Item>
        <Text>{t("app.permissions")}</Text>
        <ScopeList title={t("app.forBackup")} scopes={BACKUP_SCOPES} />
        <ScopeList title={t("app.forRestore")} scopes={RESTORE_SCOPES} />
        <Text size="sm">{t("app.submit")}</Text>
      </List.Item>
      {address !== "" && (
        <List.Item>
          <CopyField label={t("app.redirectUri")} value={address} />
        </List.Item>
      )}
      <List.Item>{t("app.copyKey")}</List.Item>
    </List>
  );
}

type Scopes = typeof BACKUP_SCOPES | typeof RESTORE_SCOPES;

function ScopeList({ title, scopes }: { title: string; scopes: Scopes }) {
  const { t } = useTranslation("setup");
  return (
    <>
      <Group gap={4} mt="sm">
        <Text fw={500} size="sm">
          {title}
        </Text>
        <CopyIcon value={scopes.map(([name]) => name).join("\n")} label={title} />
      </Group>
      <List aria-label={title} listStyleType="none" size="sm" spacing={2}>
        {scopes.map(([name, purpose]) => (
          <List.Item key={name}>
            <Code>{name}</Code>{" "}
            <Text span c="dimmed">
              {t(purpose)}
            </Text>
          </List.Item>
        ))}
      </List>
    </>
  );
}
