import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { tasksQuery } from "@/api/tasks";
import { type Entity, entityQuery } from "@/features/recovery/queries";
import { useRestorePlace } from "@/features/recovery/restore/place";
import { useSources } from "@/features/recovery/restore/sources";

const MOST_OFFERED = 50;
const QUIET_MS = 250;

/** Somebody, or a folder, of the same team: found by a part of the name. */
export function EntityPicker() {
  const { t } = useTranslation("recovery");
  const { search, choose } = useRestorePlace();
  const [typed, setTyped] = useState("");
  const [wanted] = useDebouncedValue(typed, QUIET_MS);
  const chosen = useQuery({
    ...entityQuery(search.target ?? ""),
    enabled: search.target !== undefined,
  });
  const found = useTargets(
    chosen.data !== undefined && wanted === labelOf(chosen.data) ? "" : wanted,
  );
  const offered = new Map(found.map((one) => [one.namespace, one]));
  if (chosen.data !== undefined) {
    offered.set(chosen.data.namespace, chosen.data);
  }
  return (
    <Select
      label={t("where.target")}
      placeholder={t("where.targetHint")}
      searchable
      clearable={false}
      value={search.target ?? null}
      data={[...offered.values()].map((one) => ({ value: one.id, label: labelOf(one) }))}
      filter={({ options }) => options}
      onSearchChange={setTyped}
      onChange={(target) => choose({ target: target ?? undefined, path: undefined })}
      nothingFoundMessage={t("where.nobody")}
      maw={480}
    />
  );
}

function labelOf(entity: Entity): string {
  return entity.email === "" ? entity.name : `${entity.name} (${entity.email})`;
}

/** Who can take items now: what is in the team today, in any task of that team. */
function useTargets(q: string): Entity[] {
  const { teamId } = useSources();
  const tasks = useQuery(tasksQuery);
  const ofTeam = (tasks.data ?? []).filter((task) => task.connection.team_id === teamId);
  const lists = useQueries({
    queries: ofTeam.map((task) => ({
      queryKey: [keys.entities, "targets", task.id, q],
      queryFn: () =>
        answer(
          api.GET("/api/v1/tasks/{task_id}/entities", {
            params: {
              path: { task_id: task.id },
              query: {
                kind: ["member", "team folder", "shared folder"],
                limit: MOST_OFFERED,
                ...(q === "" ? {} : { q }),
              },
            },
          }),
        ),
    })),
  });
  return lists
    .flatMap((list) => list.data?.items ?? [])
    .filter((entity) => entity.archived === null);
}
