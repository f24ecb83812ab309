import { Button, Card, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useCan } from "@/api/me";
import type { Task } from "@/api/tasks";
import { useTaskActions } from "@/features/tasks/actions";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { When } from "@/ui/When";

/** One of the trash, and the way back. */
export function DeletedTask({ task }: { task: Task }) {
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
