import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Task } from "@/features/tasks/queries";
import { useConfirm } from "@/ui/ConfirmDialog";

// Not needed for the menu that offers it.
const WhatIsLost = lazy(async () => ({
  default: (await import("@/features/tasks/WhatIsLost")).WhatIsLost,
}));

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
