import { useQueries, useQuery } from "@tanstack/react-query";
import { tasksQuery } from "@/api/tasks";
import { useBasket } from "@/features/recovery/basket/basket";
import { type Entity, entityQuery } from "@/features/recovery/queries";

/** Whose items are in the basket, as far as that is known by now. */
export function useSources(): { entities: Entity[]; names: string; teamId: string } {
  const { rows } = useBasket().basket;
  const ids = [...new Set(rows.map((row) => row.entity_id))];
  const found = useQueries({ queries: ids.map((id) => entityQuery(id)) });
  const tasks = useQuery(tasksQuery);
  const entities = found.flatMap((one) => (one.data === undefined ? [] : [one.data]));
  const task = tasks.data?.find((one) => one.id === entities[0]?.task_id);
  return {
    entities,
    names: entities.map((one) => one.name).join(", "),
    teamId: task?.connection.team_id ?? "",
  };
}
