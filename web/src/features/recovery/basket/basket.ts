import { notifications } from "@mantine/notifications";
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import type { components } from "@/api/schema";
import { changed, Ticks } from "@/features/recovery/basket/ticks";
import { sentence } from "@/ui/ErrorState";

export type BasketRow = components["schemas"]["SelectedItem"];
export type BasketTotals = components["schemas"]["SelectionView"];

/** What is put in or left out; the counts let the page show it before the server has answered. */
export type Ticked = Omit<BasketRow, "is_included">;

export interface Basket {
  /** "" while there is none: it is made with the first item. */
  id: string;
  totals: BasketTotals | null;
  rows: readonly BasketRow[];
}

const CHANGES = ["basket"];
const EMPTY: Basket = { id: "", totals: null, rows: [] };
const MOST_IN_A_PAGE = 500;
const MOST_IN_A_CHANGE = 1000;

/** The person's newest selection: it is kept by the server, so it survives reloads and devices. */
export const basketQuery = queryOptions({
  queryKey: [keys.selections, "basket"],
  queryFn: readBasket,
});

async function readBasket(): Promise<Basket> {
  const [newest] = await answer(api.GET("/api/v1/selections"));
  return newest === undefined
    ? EMPTY
    : { id: newest.id, totals: newest, rows: await readRows(newest.id) };
}

async function readRows(id: string): Promise<BasketRow[]> {
  const found: BasketRow[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page: { items: BasketRow[]; next_cursor?: string | null } = await answer(
      api.GET("/api/v1/selections/{selection_id}/items", {
        params: { path: { selection_id: id }, query: { cursor, limit: MOST_IN_A_PAGE } },
      }),
    );
    found.push(...page.items);
    cursor = page.next_cursor ?? null;
  }
  return found;
}

export interface BasketChange {
  action: "add" | "remove";
  items: readonly Ticked[];
}

async function sendChange({ action, items }: BasketChange): Promise<BasketTotals> {
  const [newest] = await answer(api.GET("/api/v1/selections"));
  const { id } = newest ?? (await answer(api.POST("/api/v1/selections")));
  let totals: BasketTotals | undefined;
  for (let start = 0; start < items.length; start += MOST_IN_A_CHANGE) {
    const part = items.slice(start, start + MOST_IN_A_CHANGE);
    totals = await answer(
      api.POST("/api/v1/selections/{selection_id}/items", {
        params: { path: { selection_id: id } },
        body: {
          action,
          items: part.map(({ entity_id, point_id, path }) => ({
            entity_id,
            task_id: "",
            point_id,
            path,
          })),
        },
      }),
    );
  }
  return (
    totals ??
    (await answer(
      api.GET("/api/v1/selections/{selection_id}", { params: { path: { selection_id: id } } }),
    ))
  );
}

/** The rows as they will be: the box is ticked at once, and put right if the server says no. */
function foreseen(basket: Basket, { action, items }: BasketChange): Basket {
  let rows = [...basket.rows];
  for (const item of items) {
    const isHere = (row: BasketRow) =>
      row.entity_id === item.entity_id && row.point_id === item.point_id;
    const here = changed(rows.filter(isHere), [{ ...item, is_included: true }], action === "add");
    rows = [...rows.filter((row) => !isHere(row)), ...here];
  }
  return { ...basket, rows };
}

/** The basket, and what can be done with it. Changes are sent one after the other. */
export function useBasket() {
  const client = useQueryClient();
  const found = useQuery(basketQuery);
  const change = useMutation({
    mutationKey: CHANGES,
    scope: { id: "basket" },
    mutationFn: sendChange,
    onMutate: async (wanted: BasketChange) => {
      await client.cancelQueries({ queryKey: basketQuery.queryKey });
      const before = client.getQueryData(basketQuery.queryKey) ?? EMPTY;
      client.setQueryData(basketQuery.queryKey, foreseen(before, wanted));
      return before;
    },
    onError: (error, _wanted, before) => {
      client.setQueryData(basketQuery.queryKey, before);
      const { message, hint } = asProblem(error);
      notifications.show({ color: "red", title: sentence(message), message: sentence(hint) });
    },
    onSuccess: (totals) =>
      client.setQueryData(basketQuery.queryKey, (now) => ({
        rows: now?.rows ?? [],
        id: totals.id,
        totals,
      })),
    onSettled: () =>
      // The last of several reads how things are; before, what is foreseen stays.
      client.isMutating({ mutationKey: CHANGES }) > 1
        ? undefined
        : client.invalidateQueries({ queryKey: basketQuery.queryKey }),
  });
  const clear = useMutation({
    scope: { id: "basket" },
    mutationFn: (id: string) =>
      answer(
        api.POST("/api/v1/selections/{selection_id}/items", {
          params: { path: { selection_id: id } },
          body: { action: "clear", items: [] },
        }),
      ),
    onSuccess: (totals) =>
      client.setQueryData(basketQuery.queryKey, { id: totals.id, totals, rows: [] }),
  });
  return {
    basket: found.data ?? EMPTY,
    isLoading: found.isPending,
    error: found.error,
    change,
    clear,
  };
}

/** What of an entity is ticked, by restore point. */
export function useTicks(entityId: string): (pointId: string) => Ticks {
  const { rows } = useBasket().basket;
  return useMemo(() => {
    const known = new Map<string, Ticks>();
    return (pointId) => {
      const found =
        known.get(pointId) ??
        new Ticks(rows.filter((row) => row.entity_id === entityId && row.point_id === pointId));
      known.set(pointId, found);
      return found;
    };
  }, [rows, entityId]);
}

/** Puts items in or leaves them out. */
export function useTick(): (action: "add" | "remove", items: readonly Ticked[]) => void {
  const { mutate } = useBasket().change;
  return useCallback(
    (action, items) => {
      if (items.length > 0) {
        mutate({ action, items });
      }
    },
    [mutate],
  );
}
