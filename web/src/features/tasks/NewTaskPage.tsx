import { Button, Card, Group, Radio, Stack, Text, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconBrandDropbox } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { connectionsQuery } from "@/api/connections";
import { keys } from "@/api/keys";
import { ConnectForm } from "@/features/setup/ConnectForm";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { ErrorState } from "@/ui/ErrorState";
import { PageHeader } from "@/ui/PageHeader";
import { useProblemForm } from "@/ui/problem-form";

const ANOTHER = "another";

/** A new backup task: its name, its team, and what of it to protect. */
export function NewTaskPage() {
  const { t } = useTranslation("tasks");
  const navigate = useNavigate();
  const queries = useQueryClient();
  const connections = useQuery(connectionsQuery);
  const [isConnecting, setIsConnecting] = useState(false);
  const form = useForm({ initialValues: { name: "", team: "", activate: "all" } });
  const first = connections.data?.[0]?.id ?? ANOTHER;
  const team = form.values.team === "" ? first : form.values.team;
  const create = async (connectionId: string) => {
    const { name, activate } = form.values;
    const body = {
      name,
      connection_id: connectionId,
      storage_id: "",
      activate: activate === "all" ? ("all" as const) : ("none" as const),
    };
    const task = await answer(api.POST("/api/v1/tasks", { body }));
    await queries.invalidateQueries({ queryKey: [keys.tasks] });
    await navigate({ to: "/tasks/$taskId/settings", params: { taskId: task.id } });
  };
  const { submit, isSending, problem } = useProblemForm(form, async () => {
    if (team === ANOTHER) {
      setIsConnecting(true);
    } else {
      await create(team);
    }
  });
  const finish = async (connection: { id: string }) => {
    form.setFieldValue("team", connection.id);
    setIsConnecting(false);
    await create(connection.id);
  };
  return (
    <>
      <PageHeader title={t("new.title")} crumbs={[{ label: t("home"), to: "/" }]} />
      <Card withBorder padding="lg" maw={640}>
        <Stack>
          <Group gap="sm">
            <IconBrandDropbox size={32} stroke={1.5} aria-hidden />
            <div>
              <Title order={2} size="h4">
                Dropbox
              </Title>
              <Text size="sm" c="dimmed">
                {t("new.source")}
              </Text>
            </div>
          </Group>
          {isConnecting ? (
            <>
              <ConnectForm onConnected={finish} />
              {problem !== null && <ErrorState error={problem} />}
              <Group>
                <Button variant="default" onClick={() => setIsConnecting(false)}>
                  {t("cancel")}
                </Button>
              </Group>
            </>
          ) : (
            <form onSubmit={form.onSubmit(submit)} noValidate>
              <Stack>
                <TextInput
                  label={t("new.name")}
                  description={t("new.nameHint")}
                  required
                  data-autofocus
                  {...form.getInputProps("name")}
                />
                <Radio.Group
                  label={t("new.team")}
                  value={team}
                  onChange={(value) => form.setFieldValue("team", value)}
                >
                  <Stack gap="xs" mt="xs">
                    {connections.data?.map((one) => (
                      <Radio key={one.id} value={one.id} label={one.team_name} />
                    ))}
                    <Radio value={ANOTHER} label={t("new.another")} />
                  </Stack>
                </Radio.Group>
                <Radio.Group label={t("new.activate")} {...form.getInputProps("activate")}>
                  <Stack gap="xs" mt="xs">
                    <Radio value="all" label={t("new.all")} />
                    <Radio value="none" label={t("new.choose")} />
                  </Stack>
                </Radio.Group>
                {problem !== null && <ErrorState error={problem} />}
                <Group justify="space-between">
                  <CliHint
                    command={command("task.add", {
                      name: form.values.name || t("new.example"),
                      team: team === ANOTHER ? "" : team,
                      activate: form.values.activate,
                    })}
                  />
                  <Group gap="xs">
                    <Button variant="default" onClick={() => void navigate({ to: "/" })}>
                      {t("cancel")}
                    </Button>
                    <Button type="submit" loading={isSending}>
                      {team === ANOTHER ? t("connect.next") : t("new.create")}
                    </Button>
                  </Group>
                </Group>
              </Stack>
            </form>
          )}
        </Stack>
      </Card>
    </>
  );
}
