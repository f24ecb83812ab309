import { Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useCan } from "@/api/me";
import { type Task, trashQuery } from "@/api/tasks";
import { useTaskActions } from "@/features/tasks/actions";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { When } from "@/ui/When";

/** Deleted tasks, as long as they can be taken back. */
export function Trash() {
  const { t } = useTranslation("home");
  const trash = useQuery(trashQuery);
  if (trash.data === undefined || trash.data.length === 0) {
    return null;
  }
  return (
    <Stack component="section" gap="sm" mt="xl">
      <Title order={2} size="h4">
        {t("trash")}
      </Title>
      {trash.data.map((task) => (
        <DeletedTask key={task.id} task={task} />
      ))}
    </Stack>
  );
}

function DeletedTask({ task }: { task: Task }) {
  const { t } = useTranslation("home");
  const { undelete } = useTaskActions(task);
  const mayUndelete = useCan("task.delete", { taskId: task.id });
  return (
    <Card withBorder padding="sm" component="article" aria-label={task.name}>
      <Group justify="space-between">
        <div>
          <Text fw={600}>{task.name}</Text>
          <Text size="sm" c="dimmed">
            {t("trashUntil")} <When time={task.purge} />
          </Text>
        </div>
        {mayUndelete && (
          <Group gap="xs">
            <CliHint command={command("task.undelete", { task: task.name })} />
            <Button variant="default" onClick={() => void undelete()}>
              {t("undo")}
            </Button>
          </Group>
        )}
      </Group>
    </Card>
  );
}
