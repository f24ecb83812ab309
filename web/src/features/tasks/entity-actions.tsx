import { List, ScrollArea, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import type { components } from "@/api/schema";
import { type EntitySearch, filterOf } from "@/features/tasks/entity-search";
import type { Entity } from "@/features/tasks/queries";
import { useConfirm } from "@/ui/ConfirmDialog";
import { sentence } from "@/ui/ErrorState";

type Result = components["schemas"]["ActionResult"];
type Action = components["schemas"]["EntityAction"]["action"];
/** Some entities by name, or all that match a filter. */
export type Chosen = { entities: readonly Entity[] } | { filter: EntitySearch; total: number };

const MOST_AT_ONCE = 500;

/** What can be done with many members and folders at once; each tells what was skipped and why. */
export function useEntityActions(taskId: string, chosen: Chosen, onDone: () => void) {
  const { t } = useTranslation("tasks");
  const queries = useQueryClient();
  const confirm = useConfirm();
  const params = { path: { task_id: taskId } };
  const refresh = () => {
    onDone();
    void queries.invalidateQueries({ queryKey: [keys.entities] });
    void queries.invalidateQueries({ queryKey: [keys.tasks] });
  };
  const send = async (action: Action) => {
    const body = { action, ...choiceOf(chosen) };
    const result = await answer(
      api.POST("/api/v1/tasks/{task_id}/entities/actions", { params, body }),
    );
    tellResult(result);
    refresh();
  };
  const tellResult = (result: Result) =>
    notifications.show({
      message: t("result.changed", { count: result.changed }),
      ...(result.skipped_total > 0
        ? { color: "yellow", autoClose: false, title: skippedOf(result) }
        : {}),
    });
  const skippedOf = (result: Result) => {
    const first = result.skipped[0];
    const reason = first === undefined ? "" : `${first.name}: ${first.reason}`;
    return t("result.skipped", { count: result.skipped_total, reason });
  };
  const run = async () => {
    const body = choiceOf(chosen);
    const job = await answer(api.POST("/api/v1/tasks/{task_id}/entities/run", { params, body }));
    notifications.show({ message: t("done.run", { name: job.title }) });
    refresh();
  };
  return {
    act: (action: Action) => send(action).catch(tellProblem),
    run: () => run().catch(tellProblem),
    remove: async () => {
      const names = await namesOf(taskId, chosen);
      confirm({
        title: t("entityDelete.title"),
        text: <WhoIsRemoved names={names} />,
        confirmLabel: t("action.delete"),
        danger: true,
        onConfirm: () => send("delete"),
      });
    },
  };
}

function tellProblem(error: unknown): void {
  const problem = asProblem(error);
  notifications.show({
    color: "red",
    autoClose: false,
    title: sentence(problem.message),
    message: sentence(problem.hint),
  });
}

function choiceOf(chosen: Chosen) {
  if ("entities" in chosen) {
    return { ids: chosen.entities.map((one) => one.id), q: "" };
  }
  return { q: "", ...filterOf(chosen.filter) };
}

/** Everybody by name, those too that the list has not loaded. */
async function namesOf(taskId: string, chosen: Chosen): Promise<string[]> {
  if ("entities" in chosen) {
    return chosen.entities.map((one) => one.name);
  }
  const names: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const query = { ...filterOf(chosen.filter), limit: MOST_AT_ONCE, cursor };
    const page: components["schemas"]["Page_dropally.protection.entities.EntityView_"] =
      await answer(
        api.GET("/api/v1/tasks/{task_id}/entities", {
          params: { path: { task_id: taskId }, query },
        }),
      );
    names.push(...page.items.map((one) => one.name));
    cursor = page.next_cursor ?? null;
  }
  return names;
}

function WhoIsRemoved({ names }: { names: readonly string[] }) {
  const { t } = useTranslation("tasks");
  return (
    <Stack gap="sm">
      <Text>{t("entityDelete.text", { count: names.length })}</Text>
      <ScrollArea.Autosize mah={260} type="auto" viewportProps={{ tabIndex: 0 }}>
        <List size="sm" aria-label={t("entityDelete.list")}>
          {names.map((name) => (
            <List.Item key={name}>{name}</List.Item>
          ))}
        </List>
      </ScrollArea.Autosize>
      <Text>{t("entityDelete.grace")}</Text>
    </Stack>
  );
}
