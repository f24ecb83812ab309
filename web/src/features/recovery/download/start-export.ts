import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { answer, api } from "@/api/client";
import type { components } from "@/api/schema";
import { useBasket } from "@/features/recovery/basket/basket";

type ExportWish = Omit<components["schemas"]["ExportWish"], "selection_id">;

/** Starts an export of the basket, and goes to its job. */
export function useStartExport() {
  const navigate = useNavigate();
  const { basket, clear } = useBasket();
  return useMutation({
    mutationFn: (wish: ExportWish) =>
      answer(
        api.POST("/api/v1/exports", {
          params: { header: { "Idempotency-Key": crypto.randomUUID() } },
          body: { ...wish, selection_id: basket.id },
        }),
      ),
    onSuccess: async (job) => {
      await clear.mutateAsync(basket.id);
      await navigate({ to: "/jobs/$jobId", params: { jobId: job.id } });
    },
  });
}
