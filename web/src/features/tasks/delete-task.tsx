import { List, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";
import type { Task } from "@/features/tasks/queries";
import { CliHint } from "@/ui/CliHint";
import { useConfirm } from "@/ui/ConfirmDialog";
import { command } from "@/ui/commands";
import { Bytes, Count } from "@/ui/figures";
import { When } from "@/ui/When";

type Preview = components["schemas"]["DeletePreview"];

/** Asks with what will be lost and the task's name, then deletes it. */
export function useDeleteTask(task: Task): () => Promise<void> {
  const { t } = useTranslation("tasks");
  const confirm = useConfirm();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const params = { path: { task_id: task.id } };
  return async () => {
    const preview = await answer(api.GET("/api/v1/tasks/{task_id}/delete-preview", { params }));
    confirm({
      title: t("delete.title"),
      text: <WhatIsLost preview={preview} />,
      confirmLabel: t("delete.confirm"),
      typed: task.name,
      danger: true,
      onConfirm: async () => {
        await answer(
          api.POST("/api/v1/tasks/{task_id}/delete", { params, body: { name: task.name } }),
        );
        await queries.invalidateQueries({ queryKey: [keys.tasks] });
        await navigate({ to: "/" });
      },
    });
  };
}

function WhatIsLost({ preview }: { preview: Preview }) {
  const { t } = useTranslation("tasks");
  return (
    <Stack gap="sm">
      <Text>{t("delete.text")}</Text>
      <List>
        <List.Item>
          {t("delete.entities")} <Count value={preview.entities_with_backup} />
        </List.Item>
        <List.Item>
          {t("delete.points")} <Count value={preview.points} />
        </List.Item>
        <List.Item>
          {t("delete.size")} <Bytes value={preview.bytes} />
        </List.Item>
        <List.Item>
          {t("delete.oldest")} <When time={preview.oldest} />
        </List.Item>
      </List>
      <Text>
        {t("delete.until")} <When time={preview.purge} />
      </Text>
      <CliHint command={command("task.delete", { task: preview.name })} />
    </Stack>
  );
}
